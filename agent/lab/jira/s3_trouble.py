"""What a start writes to the log where S3 does not answer as it should; Jira comes up all the same.

That such trouble does not stop a start is documented ("Storing backups in Amazon S3", troubleshooting). How Jira words
it in its log is not: the exceptions below are worded as the AWS SDK for Java v2 words them, with made-up request ids,
and the line and logger before them are this lab's guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lab.jira.startup import Bucket

LOGGER = "c.a.j.filestore.s3.S3FileStore"
SERVICE = "software.amazon.awssdk.services.s3.model"
CLIENT = "software.amazon.awssdk.core.exception.SdkClientException"
TROUBLES = {
    "no-such-bucket": f"{SERVICE}.NoSuchBucketException: The specified bucket does not exist "
    "(Service: S3, Status Code: 404, Request ID: LAB0000000000404, Extended Request ID: bGFi)",
    "access-denied": f"{SERVICE}.S3Exception: Access Denied "
    "(Service: S3, Status Code: 403, Request ID: LAB0000000000403, Extended Request ID: bGFi)",
    "wrong-region": f"{SERVICE}.S3Exception: The authorization header is malformed; the region '{{region}}' is wrong; "
    "expecting 'eu-central-1' (Service: S3, Status Code: 400, Request ID: LAB0000000000400, Extended Request ID: bGFi)",
    "redirected": f"{SERVICE}.S3Exception: The bucket you are attempting to access must be addressed using the "
    "specified endpoint. Please send all future requests to this endpoint. "
    "(Service: S3, Status Code: 301, Request ID: LAB0000000000301, Extended Request ID: bGFi)",
    "unknown-host": f"{CLIENT}: Failed to send the request: Host name was invalid for dns resolution.",
    "no-credentials": f"{CLIENT}: Unable to load credentials from any of the providers in the chain "
    "AwsCredentialsProviderChain(credentialsProviders=[...])",
}
"""By this lab's word for it, the exception.

Wrong regions: 400 AuthorizationHeaderMalformed or 301 PermanentRedirect
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/ErrorCodeBilling.md). A host name that does not resolve:
https://github.com/aws/aws-sdk-java-v2/issues/3528.
"""


def lines_of(trouble: str, target: str, bucket: Bucket) -> str:
    """Return the message of one log entry: what was tried for which target, and the exception on a line of its own."""
    raised = TROUBLES[trouble].replace("{region}", bucket.region)
    return f"{target}: bucket {bucket.name} in {bucket.region} cannot be used\n{raised}"
