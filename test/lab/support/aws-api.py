"""Calls the API of AWS, as boto3 knows it, against moto.

Reads one call a line from standard input, {"service", "operation", "parameters", "send"}, and answers with one line,
{"error"}: null, or what botocore or the service says. With "send" false the parameters are only validated against
the service's own model, for operations that moto does not have.
"""
import json
import os
import sys

os.environ.update(AWS_ACCESS_KEY_ID="lab", AWS_SECRET_ACCESS_KEY="lab", AWS_DEFAULT_REGION="eu-west-1")

import boto3  # noqa: E402
from botocore.validate import validate_parameters  # noqa: E402
from moto import mock_aws  # noqa: E402

with mock_aws():
    clients = {}
    for line in sys.stdin:
        call = json.loads(line)
        try:
            service = call["service"]
            if service not in clients:
                clients[service] = boto3.client(service)
            model = clients[service].meta.service_model.operation_model(call["operation"])
            validate_parameters(call["parameters"], model.input_shape)
            enums = []

            def check(shape, value, path):
                """botocore leaves the members of enumerations to the service."""
                if shape.type_name == "structure":
                    for key, one in value.items():
                        check(shape.members[key], one, path + "." + key)
                elif shape.type_name == "list":
                    for one in value:
                        check(shape.member, one, path + "[]")
                elif shape.type_name == "string" and getattr(shape, "enum", None) and value not in shape.enum:
                    enums.append(f"{path}: {value!r} is none of {', '.join(shape.enum)}")

            check(model.input_shape, call["parameters"], call["operation"])
            if enums:
                raise ValueError("; ".join(enums))
            if call["send"]:
                clients[service]._make_api_call(call["operation"], call["parameters"])
            answer = {"error": None}
        except Exception as error:  # noqa: BLE001 - every refusal is an answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
