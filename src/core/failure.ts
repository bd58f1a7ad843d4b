/** Ends the command with a message for the user and an exit status; no stack trace. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly status: 1 | 2 = 2,
  ) {
    super(message);
  }
}
