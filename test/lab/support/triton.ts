/*
 * Triton as the lab has it: where it is, and a model for it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAB_HOME } from './lab-home';
import type { Mapping } from './pod-process';

/** Answers with the count of bytes that it got, whatever the model is asked. */
export const COUNTING_MODEL = `
import numpy
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.add_input({"name": "x", "data_type": "TYPE_UINT8", "dims": [-1]})
        config.add_output({"name": "n", "data_type": "TYPE_INT64", "dims": [1]})
        return config

    def execute(self, requests):
        sizes = [pb_utils.get_input_tensor_by_name(request, "x").as_numpy().size for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("n", numpy.array([n], dtype="int64"))]) for n in sizes]
`;

/** How Triton is started in the folder of a pod. */
export function tritonIn(
  folder: string,
): Required<Pick<Mapping, 'folder' | 'program' | 'extraArgs' | 'extraEnv'>> {
  const python = join(LAB_HOME, 'venv-triton');
  return {
    folder,
    program: [join(LAB_HOME, 'tritonserver', 'bin', 'tritonserver')],
    extraArgs: [`--backend-directory=${join(LAB_HOME, 'tritonserver', 'backends')}`],
    extraEnv: {
      PYTHONPATH: join(python, 'lib', 'python3.11', 'site-packages'),
      PATH: `${join(python, 'bin')}:${process.env['PATH'] ?? ''}`,
    },
  };
}

/** Puts a model in Python where the pod of a folder looks for it. */
export function writeModel(folder: string, name: string, source: string): void {
  const place = join(folder, 'mnt', 'models', name, '1');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'model.py'), source);
}
