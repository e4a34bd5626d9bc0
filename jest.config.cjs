/** Unit tests: everything that needs only Node. The lab has its own configuration beside it. */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/lab/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.lab/'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    '^inference-constructs$': '<rootDir>/lib/index.ts',
    '^inference-constructs/cloud$': '<rootDir>/lib/cloud.ts',
  },
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
