/** The lab: real components on loopback. Run with `npm run test:lab`, after `npm run lab:install`. */
module.exports = {
  ...require('../../package.json').jest,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/lab/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
