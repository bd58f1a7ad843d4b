import { operationsOf, schemasOf } from './generated-client.js';
import type { Schema } from './openapi.js';
import { publishedText } from './published.js';

/**
 * Atlassian's OpenAPI document of Jira Data Center 10, as far as podtrail uses it. No package carries the document itself; this is
 * read back from the client that @atlassian-dc-mcp/jira generated from it.
 */

const SERVICES = ['IssueService', 'MyselfService'];
const MODELS = [
  'AttachmentJsonBean',
  'CommentJsonBean',
  'CommentsWithPaginationJsonBean',
  'EntityPropertyBean',
  'UserBean',
  'UserJsonBean',
  'VisibilityJsonBean',
];
const USED = /^\/api\/2\/(?:myself|issue\/\{issueIdOrKey\}\/(?:comment(?:\/\{id\})?|attachments))$/;

export function jiraDataCenter(): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const service of SERVICES)
    for (const { path, method, operation } of operationsOf(publishedText(`jira-data-center-${service}`)))
      if (USED.test(path)) paths[path] = { ...paths[path], [method]: operation };
  const schemas = Object.assign({}, ...MODELS.map((model) => schemasOf(publishedText(`jira-data-center-${model}`))));
  // Groups and roles of a user are none of podtrail's business.
  for (const model of ['SimpleListWrapperApplicationRoleBean', 'SimpleListWrapperGroupJsonBean']) schemas[model] = {};
  // Atlassian's document says one attachment where Jira answers with a list of them.
  delete (paths['/api/2/issue/{issueIdOrKey}/attachments']!['post'] as { responses?: unknown }).responses;
  // What changes the account is not asked for.
  delete paths['/api/2/myself']!['put'];
  return { openapi: '3.0.0', paths, components: { schemas } };
}
