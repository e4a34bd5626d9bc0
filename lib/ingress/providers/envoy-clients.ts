/*
 * Which clients may call, as expressions over Envoy's attributes of the connection: for the proxies of Envoy
 * Gateway as text, for those of Istio as the syntax tree of the same.
 * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/advanced/attributes
 */
import type { Finding } from '../../core/checks';
import { IdentityKind, type ClientIdentity } from '../../pki/client-identity';
import { ENVOY_LONGEST_NAME, SEVERAL_COMMON_NAMES, rfc2253, subjectWith } from '../client-subjects';
import type { ResolvedIngress } from '../ingress-provider-definition';

/** An expression of the Common Expression Language, as far as it is needed here. */
type Expression =
  | { readonly matches: string }
  | { readonly equals: readonly [attribute: string, value: string] }
  | { readonly not: Expression }
  | { readonly and: readonly [Expression, Expression] }
  | { readonly or: readonly [Expression, Expression] };

const SUBJECT = 'subject_peer_certificate';

/** True for the given clients; an error, which counts as false, where a certificate lacks what is asked for. */
function clientExpression(allowed: readonly ClientIdentity[]): Expression {
  const names = allowed.filter(({ kind }) => kind === IdentityKind.COMMON_NAME);
  const byName = anyOf(names.map(({ value }) => ({ matches: subjectWith(value) })));
  const others = allowed
    .filter(({ kind }) => kind !== IdentityKind.COMMON_NAME)
    .map(({ kind, value }): Expression => {
      const type = kind === IdentityKind.URI ? 'uri' : 'dns';
      return { equals: [`${type}_san_peer_certificate`, value] };
    });
  const terms: Expression[] = [
    ...(byName ? [{ and: [byName, { not: { matches: SEVERAL_COMMON_NAMES } }] } as const] : []),
    ...others,
  ];
  return anyOf(terms) ?? { matches: '^$' };
}

function anyOf([first, ...rest]: readonly Expression[]): Expression | undefined {
  return first && rest.reduce<Expression>((left, right) => ({ or: [left, right] }), first);
}

/** The expression as text. */
export function clientCel(allowed: readonly ClientIdentity[]): string {
  return textOf(clientExpression(allowed));
}

function textOf(expression: Expression): string {
  if ('matches' in expression)
    return `connection.${SUBJECT}.matches(${celString(expression.matches)})`;
  if ('equals' in expression)
    return `connection.${expression.equals[0]} == ${celString(expression.equals[1])}`;
  if ('not' in expression) return `!${textOf(expression.not)}`;
  const [operands, operator] = 'and' in expression ? [expression.and, '&&'] : [expression.or, '||'];
  return `(${textOf(operands[0])} ${operator} ${textOf(operands[1])})`;
}

function celString(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** The expression as a syntax tree (`google.api.expr.v1alpha1.Expr`). */
export function clientCelTree(allowed: readonly ClientIdentity[]): object {
  return treeOf(clientExpression(allowed));
}

function treeOf(expression: Expression): object {
  if ('matches' in expression)
    return call('matches', [constant(expression.matches)], attribute(SUBJECT));
  if ('equals' in expression)
    return call('_==_', [attribute(expression.equals[0]), constant(expression.equals[1])]);
  if ('not' in expression) return call('!_', [treeOf(expression.not)]);
  return 'and' in expression
    ? call('_&&_', expression.and.map(treeOf))
    : call('_||_', expression.or.map(treeOf));
}

function call(name: string, args: readonly object[], target?: object): object {
  return { call_expr: { function: name, args, ...(target && { target }) } };
}

function attribute(field: string): object {
  return { select_expr: { operand: { ident_expr: { name: 'connection' } }, field } };
}

function constant(value: string): object {
  return { const_expr: { string_value: value } };
}

/** Common names that are too long for Envoy. */
export function envoyNameProblems({ clients }: ResolvedIngress): Readonly<Record<string, Finding>> {
  const long = (clients?.allowed ?? []).filter(
    ({ kind, value }) =>
      kind === IdentityKind.COMMON_NAME && rfc2253(value).length > ENVOY_LONGEST_NAME,
  );
  if (long.length === 0) return {};
  return {
    'clientAuthentication.allowedClients': {
      got: long.map(String).join(', '),
      expected: `for Envoy: at most ${ENVOY_LONGEST_NAME} characters, a letter outside of ASCII counting for three or more`,
      fix: 'rename the client, or know it by a URI',
    },
  };
}
