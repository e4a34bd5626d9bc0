/*
 * A synthesis never depends on where it runs: the variables by which cdk8s is steered are not ours to read.
 */
for (const name of ['CDK8S_OUTDIR', 'CDK8S_DISABLE_SORT', 'CDK8S_RECORD_CONSTRUCT_METADATA']) {
  delete process.env[name];
}
