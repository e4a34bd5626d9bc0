import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'imports/', 'node_modules/', 'coverage/', '.lab/', '**/*.cjs', '**/*.mjs'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-function-return-type': [
        'error',
        { allowExpressions: true, allowTypedFunctionExpressions: true },
      ],
      '@typescript-eslint/explicit-member-accessibility': [
        'error',
        { overrides: { constructors: 'explicit' } },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'export by name' },
        {
          selector: "CallExpression[callee.object.name='console']",
          message: 'only stacks and tools talk to people',
        },
      ],
    },
  },
  {
    // What people run, and tests that report what they measured.
    files: ['stacks/**', '.tools/**', 'test/**', 'lib/cli/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Loads what it measures, when it measures it.
    files: ['test/bench/program.ts', 'test/bench/cloud-program.ts'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
