/*
 * Every optional property of the public interface says what happens without it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const LIB = resolve(__dirname, '..', '..', 'lib');

/** Interfaces that users fill in. */
const FILLED_IN = /(Props|Options|Args|Access|Quota|Transforms|RemoteKey|Definition)$/;

interface Property {
  readonly name: string;
  readonly comment: string;
}

const optional: Property[] = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  // Options of commands are told by --help.
  .filter((file) => file.endsWith('.ts') && !file.startsWith('cli/'))
  .flatMap((file) => {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(LIB, file), 'utf8'),
      ts.ScriptTarget.ES2022,
      true,
    );
    return source.statements
      .filter((statement) => ts.isInterfaceDeclaration(statement))
      .filter((declaration) => FILLED_IN.test(declaration.name.text))
      .flatMap((declaration) =>
        declaration.members
          .filter((member) => ts.isPropertySignature(member) && member.questionToken !== undefined)
          .map((member) => ({
            name: `${declaration.name.text}.${member.name?.getText() ?? ''}`,
            comment: ts
              .getJSDocCommentsAndTags(member)
              .map((comment) => comment.getText())
              .join('\n'),
          })),
      );
  });

test('there are optional properties to look at', () => {
  expect(optional.length).toBeGreaterThan(30);
});

test('every optional property names its default', () => {
  const users = optional.filter(
    ({ name }) => !/^(Engine|NodeCloud|ModelSource)Definition\.|^\w+Transforms\./.test(name),
  );

  expect(
    users.filter(({ comment }) => !comment.includes('@default')).map(({ name }) => name),
  ).toEqual([]);
});

test('no default is circular or undefined', () => {
  const vague = optional.filter(({ comment }) =>
    /@default\s*(-\s*)?(undefined|the default)/i.test(comment),
  );

  expect(vague.map(({ name }) => name)).toEqual([]);
});
