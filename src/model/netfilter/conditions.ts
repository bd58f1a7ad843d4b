import type { Missing } from '../journey/missing.js';

/** A question that the bundle does not answer (or that chance answers), and the answer that a way takes for granted. */
export interface Literal {
  /** Same id, same question: `set cali40all-ipam-pools 10.1.2.3`. */
  readonly id: string;
  readonly yes: boolean;
  readonly missing: Missing;
  /** Chance decides (kube-proxy's endpoints): no bundle could tell. */
  readonly choice: boolean;
}

/** All of these hold; ordered by id. */
type Clause = readonly Literal[];

/** When a way is taken: one of these clauses holds. `ALWAYS` is the clause without a literal. */
export type Conditions = readonly Clause[];

export const ALWAYS: Conditions = [[]];

/** Clauses beyond this are not told apart any more: the way is then said to hang on all their questions. */
const MOST_CLAUSES = 12;

function withLiteral(clause: Clause, literal: Literal): Clause | undefined {
  const at = clause.findIndex((own) => own.id >= literal.id);
  const own = at < 0 ? undefined : clause[at];
  if (own?.id === literal.id) return own.yes === literal.yes ? clause : undefined;
  return at < 0 ? [...clause, literal] : [...clause.slice(0, at), literal, ...clause.slice(at)];
}

/** Both hold: the conditions, and the literal. Empty when they exclude each other. */
export function and(conditions: Conditions, literal: Literal): Conditions {
  return conditions.map((clause) => withLiteral(clause, literal)).filter((clause) => clause !== undefined);
}

/** One of the two holds; questions whose answer makes no difference vanish. */
export function or(a: Conditions, b: Conditions): Conditions {
  return simplify([...a, ...b]);
}

const negative = (literal: Literal): Literal => ({ ...literal, yes: !literal.yes });

/** All literals hold, under the conditions. */
export const allHold = (conditions: Conditions, literals: readonly Literal[]): Conditions =>
  literals.reduce(and, conditions);

/** At least one literal does not hold, under the conditions. */
export function oneFails(conditions: Conditions, literals: readonly Literal[]): Conditions {
  let held = conditions;
  let failed: Conditions = [];
  for (const literal of literals) {
    failed = [...failed, ...and(held, negative(literal))];
    held = and(held, literal);
  }
  return simplify(failed);
}

const includes = (clause: Clause, literal: Literal): boolean =>
  clause.some((own) => own.id === literal.id && own.yes === literal.yes);
const without = (clause: Clause, literal: Literal): Clause =>
  clause.filter((own) => own.id !== literal.id || own.yes !== literal.yes);
const implies = (inner: Clause, outer: Clause): boolean => outer.every((literal) => includes(inner, literal));

/** `a or (not a and b)` is `a or b`; `a or (a and b)` is `a`; to the end. */
function simplify(conditions: Conditions): Conditions {
  if (conditions.length < 2) return conditions;
  let clauses = [...conditions];
  for (let changed = true; changed; ) {
    changed = false;
    clauses = clauses.filter(
      (clause, i) =>
        !clauses.some((other, j) => i !== j && implies(clause, other) && (j < i || !implies(other, clause))),
    );
    for (let i = 0; i < clauses.length; i++) {
      for (const literal of clauses[i]!) {
        const rest = without(clauses[i]!, literal);
        const opposite = negative(literal);
        if (clauses.some((other) => includes(other, opposite) && implies(rest, without(other, opposite)))) {
          clauses[i] = rest;
          changed = true;
          break;
        }
      }
    }
  }
  if (clauses.length <= MOST_CLAUSES) return clauses;
  const all = new Map(clauses.flat().map((literal) => [literal.id, literal]));
  return [[...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1))];
}

/** What a way with these conditions takes for granted. */
export function assumptionsOf(conditions: Conditions): readonly Missing[] {
  const found = new Map<string, Missing>();
  for (const literal of conditions.flat()) if (!literal.choice) found.set(literal.missing.what, literal.missing);
  return [...found.values()];
}

/** True when chance decides whether the way is taken. */
export const byChance = (conditions: Conditions): boolean =>
  conditions.some((clause) => clause.some((literal) => literal.choice));

/** Number of questions that the conditions hang on. */
export const weight = (conditions: Conditions): number => new Set(conditions.flat().map((literal) => literal.id)).size;
