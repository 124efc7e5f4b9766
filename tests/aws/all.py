"""All cases of tests/aws/run."""

import sys

import firehose, kinesis
from cases import run_cases

if __name__ == "__main__":
    sys.exit(run_cases((*kinesis.CASES, *firehose.CASES), "AWS's API", kinesis.NEEDS))
