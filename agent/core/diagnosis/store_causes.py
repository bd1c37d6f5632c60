"""What S3 says when Jira cannot use a bucket: bucket, region, credentials, rights, the way there.

None of these stops a start: Jira keeps S3 as the destination and tries again (Atlassian, "Storing avatars in Amazon
S3"). So none of them blames the file for a node that is down, not even right after a change of it; a bucket that is not
there and a region that is wrong then are likely all the same, and the hint says to look at the file.
"""

from __future__ import annotations

import re
from typing import Final

from agent.core.diagnosis.cause import INFERRED, VERIFIED, Cause, Effect, sign

_S3: Final = re.compile(r"Service: (?:Amazon )?S3\b|\bawssdk\b|amazonaws\.|S3Exception|Error Code: |<Code>")
_CODES: Final = 'Amazon S3, "Error responses"; that the log repeats code or message as the AWS SDK for Java does'
_CHAIN: Final = "from the node itself, with Jira's own user and environment"
_RESUME: Final = "resume"

CAUSES: Final = (
    Cause(
        code="bucket-not-found",
        effect=Effect.STORE,
        sentence="S3 knows no bucket of this name",
        hint="compare the bucket-name in the inventory with the bucket that exists",
        next="plan",
        source=_CODES,
        footing=INFERRED,
        suspects_file=True,
        signs=(
            sign("NoSuchBucket", context=_S3),
            sign("The specified bucket does not exist", context=_S3),
        ),
    ),
    Cause(
        code="region-wrong",
        effect=Effect.STORE,
        sentence="the bucket is in another region than filestore-config.xml says",
        hint="put the bucket's own region into the inventory",
        next="plan",
        source=f"{_CODES}; a bare 301: aws/aws-sdk-java-v2 issue 1983",
        footing=INFERRED,
        suspects_file=True,
        signs=(
            sign("PermanentRedirect", context=_S3),
            sign("must be addressed using the specified endpoint", context=_S3),
            sign("Service: S3, Status Code: 301", context=_S3),
            sign("AuthorizationHeaderMalformed", context=_S3),
            sign("authorization header is malformed", pattern=r"the authorization header is malformed", context=_S3),
            sign("IllegalLocationConstraintException", context=_S3),
        ),
        detail=re.compile(r"expecting '([a-z0-9-]{2,30})'"),
        says="S3 expects",
    ),
    Cause(
        code="credentials-missing",
        effect=Effect.STORE,
        sentence="the AWS SDK in Jira found no credentials",
        hint=f"give the node credentials (instance profile, web identity, environment) and check them {_CHAIN}",
        next=_RESUME,
        source="AWS SDK for Java 2.x, the message of its chain of credentials providers",
        footing=INFERRED,
        signs=(sign("Unable to load credentials", context=_S3),),
    ),
    Cause(
        code="credentials-expired",
        effect=Effect.STORE,
        sentence="S3 refuses Jira's token: it has expired",
        hint="renew the token, or mend what renews it",
        next=_RESUME,
        source=_CODES,
        footing=INFERRED,
        signs=(
            sign("ExpiredToken", context=_S3),
            sign("provided token has expired", pattern="the provided token has expired", context=_S3),
        ),
    ),
    Cause(
        code="credentials-unknown",
        effect=Effect.STORE,
        sentence="S3 does not know the access key that Jira uses",
        hint=f"check which credentials Jira picks up, {_CHAIN}",
        next=_RESUME,
        source=_CODES,
        footing=INFERRED,
        signs=(
            sign("InvalidAccessKeyId", context=_S3),
            sign("Access Key Id you provided", pattern="the AWS Access Key Id you provided", context=_S3),
        ),
    ),
    Cause(
        code="credentials-wrong",
        effect=Effect.STORE,
        sentence="S3 refuses Jira's signature: the secret key does not belong to the access key",
        hint="give Jira the secret key that belongs to the access key, without a blank or line feed at its end",
        next=_RESUME,
        source=_CODES,
        footing=INFERRED,
        signs=(
            sign("SignatureDoesNotMatch", context=_S3),
            sign("signature we calculated", pattern="the request signature we calculated", context=_S3),
        ),
    ),
    Cause(
        code="clock-wrong",
        effect=Effect.STORE,
        sentence="S3 refuses Jira's requests: the node's clock is wrong",
        hint="set the node's clock, and see that it is kept (chrony, systemd-timesyncd)",
        next=_RESUME,
        source=_CODES,
        footing=INFERRED,
        signs=(
            sign("RequestTimeTooSkewed", context=_S3),
            sign(
                "difference between the request time",
                pattern="the difference between the request time and the (?:current|server's) time is too large",
                context=_S3,
            ),
        ),
    ),
    Cause(
        code="access-denied",
        effect=Effect.STORE,
        sentence="S3 denies Jira what it wants to do with the bucket",
        hint="give Jira's identity the actions that the target needs (avatars and attachments: list, get, put, delete; "
        "backups: put alone), in the bucket's policy too",
        next=_RESUME,
        source=_CODES,
        footing=INFERRED,
        signs=(
            # Java has exceptions of this name that are about files, or about users.
            sign("AccessDenied", pattern=r"\bAccessDenied\b", context=_S3),
            sign("Access Denied (Service: S3", context=_S3),
            sign("Service: S3, Status Code: 403", context=_S3),
        ),
    ),
    Cause(
        code="endpoint-unknown",
        effect=Effect.STORE,
        sentence="the host name of the S3 endpoint is not known to DNS on this node",
        hint="check endpoint-override and DNS; the SDK asks for BUCKET.HOST, also where the endpoint is overridden",
        next="doctor",
        source="aws/aws-sdk-java-v2 issues 3528 and 3541",
        footing=INFERRED,
        suspects_file=True,
        signs=(
            sign("Host name was invalid for dns resolution", context=_S3),
            sign(
                "UnknownHostException",
                pattern=r"(?:(?:java\.net\.)?UnknownHostException: \S*(?:\bs3[.-]|amazonaws\.)"
                r"|Received an UnknownHostException when attempting to interact with a service)",
                context=_S3,
            ),
        ),
    ),
    Cause(
        code="endpoint-unreachable",
        effect=Effect.STORE,
        sentence="Jira cannot reach the S3 endpoint",
        hint="check the way from the node to the endpoint: proxy, firewall, VPC endpoint, certificates",
        next=_RESUME,
        source="AWS SDK for Java 2.x, the message of its client for any failed connection",
        footing=INFERRED,
        signs=(sign("Unable to execute HTTP request", context=_S3),),
    ),
    Cause(
        code="host-unknown",
        effect=Effect.STORE,
        sentence="a host name that Jira needs is not known to DNS on this node",
        hint="see in the line which host it is (the database's, the endpoint's, a mail server's), and mend DNS",
        next=_RESUME,
        source="Java, java.net.UnknownHostException",
        footing=VERIFIED,
        signs=(sign("UnknownHostException", pattern=r"(?:java\.net\.)?UnknownHostException"),),
    ),
)
