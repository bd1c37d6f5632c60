"""One wording after another, with the cause that it stands for."""

from __future__ import annotations

from tests.core.diagnosis.lines import TITLE

NO_BUCKET = (
    "software.amazon.awssdk.services.s3.model.NoSuchBucketException: The specified bucket does not exist "
    "(Service: S3, Status Code: 404, Request ID: 7A62)"
)
DENIED = "software.amazon.awssdk.services.s3.model.S3Exception: Access Denied (Service: S3, Status Code: 403)"
STORE_EXAMPLES = [
    (NO_BUCKET, "bucket-not-found"),
    ("<Error><Code>NoSuchBucket</Code></Error>", "bucket-not-found"),
    ("S3Exception: null (Service: S3, Status Code: 301, Request ID: null)", "region-wrong"),
    (
        (
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all "
            "future requests to this endpoint. (Service: S3, Status Code: 301)"
        ),
        "region-wrong",
    ),
    ("Error Code: PermanentRedirect", "region-wrong"),
    ("AuthorizationHeaderMalformed: the region 'us-west-2' is wrong; expecting 'us-east-1'", "region-wrong"),
    ("The authorization header is malformed; the region 'a' is wrong; expecting 'us-east-1'", "region-wrong"),
    ("<Code>IllegalLocationConstraintException</Code>", "region-wrong"),
    (
        (
            "software.amazon.awssdk.core.exception.SdkClientException: Unable to load credentials from any of the "
            "providers in the chain AwsCredentialsProviderChain(...)"
        ),
        "credentials-missing",
    ),
    ("The provided token has expired. (Service: S3, Status Code: 400)", "credentials-expired"),
    ("<Code>ExpiredToken</Code>", "credentials-expired"),
    (
        "The AWS Access Key Id you provided does not exist in our records. (Service: S3, Status Code: 403)",
        "credentials-unknown",
    ),
    ("<Code>InvalidAccessKeyId</Code>", "credentials-unknown"),
    (
        (
            "S3Exception: The request signature we calculated does not match the signature you provided. "
            "(Service: S3, Status Code: 403)"
        ),
        "credentials-wrong",
    ),
    ("<Code>SignatureDoesNotMatch</Code>", "credentials-wrong"),
    (
        (
            "S3Exception: The difference between the request time and the current time is too large. "
            "(Service: S3, Status Code: 403)"
        ),
        "clock-wrong",
    ),
    ("<Code>RequestTimeTooSkewed</Code>", "clock-wrong"),
    (DENIED, "access-denied"),
    ("<Code>AccessDenied</Code>", "access-denied"),
    ("S3Exception: null (Service: S3, Status Code: 403, Request ID: 1)", "access-denied"),
    ("software.amazon.awssdk.crt.CrtRuntimeException: Host name was invalid for dns resolution.", "endpoint-unknown"),
    ("Caused by: java.net.UnknownHostException: b.s3.eu-west-1.amazonaws.com", "endpoint-unknown"),
    ("Caused by: java.net.UnknownHostException: s3.store.example.com", "endpoint-unknown"),
    (
        (
            "software.amazon.awssdk.core.exception.SdkClientException: Received an UnknownHostException when "
            "attempting to interact with a service. See cause for the exact endpoint that is failing to resolve."
        ),
        "endpoint-unknown",
    ),
    (
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: connect timed out",
        "endpoint-unreachable",
    ),
    ("Caused by: java.net.UnknownHostException: db-1: Name or service not known", "host-unknown"),
]
NODE_EXAMPLES = [
    ("JIRA couldn't connect to your database", "database-unreachable"),
    ("Could not successfully test your database: ", "database-unreachable"),
    (
        "Caused by: com.mysql.jdbc.exceptions.jdbc4.CommunicationsException: Communications link failure",
        "database-unreachable",
    ),
    (
        (
            "org.postgresql.util.PSQLException: Connection to db-1:5432 refused. Check that the hostname and port are "
            "correct and that the postmaster is accepting TCP/IP connections."
        ),
        "database-unreachable",
    ),
    (
        "The jira.home directory '/data/jira' is already locked by another running instance of JIRA.",
        "home-locked",
    ),
    ("Unable to create and acquire lock file for jira.home directory '/data/jira'", "home-locked"),
    ("java.net.BindException: Address already in use (Bind failed)", "port-in-use"),
    ("java.rmi.server.ExportException: Port already in use: 40001; nested exception is:", "port-in-use"),
    ("java.lang.OutOfMemoryError: Java heap space", "out-of-memory-heap"),
    ("java.lang.OutOfMemoryError: GC overhead limit exceeded", "out-of-memory-heap"),
    ('Exception in thread "JIRA-Bootstrap" java.lang.OutOfMemoryError: Metaspace', "out-of-memory-metaspace"),
    ("java.lang.OutOfMemoryError: unable to create new native thread", "out-of-memory-native"),
    ("java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory", "out-of-memory-native"),
    ("java.lang.OutOfMemoryError: Requested array size exceeds VM limit", "out-of-memory"),
    ("java.io.IOException: No space left on device", "disk-full"),
    ("java.io.FileNotFoundException: /data/jira/log/x.log (No space left on device)", "disk-full"),
    ("java.io.IOException: Disk quota exceeded", "disk-full"),
    ("Startup check failed. JIRA will be locked.", "locked-at-start"),
    ("A fatal error occurred during bootstrapping. JIRA has been locked.", "locked-at-start"),
    ("Unable to start JIRA.", "locked-at-start"),
]
TITLES = [
    (TITLE, "file-not-parsed"),
    ("Couldn't parse filestore-config.xml", "file-not-parsed"),
    ("COULDN'T PARSE filestore-config.xml: line 3", "file-not-parsed"),
    ("Couldn?t parse filestore-config.xml", "file-not-parsed"),
    ("Couldn\u00e2\u0080\u0099t parse filestore-config.xml", "file-not-parsed"),
    ("Couldn&#39;t parse filestore-config.xml", "file-not-parsed"),
    ("Could not parse filestore-config.xml", "file-not-parsed"),
    ("Invalid <s3-filestore> value: backupBucket has no region", "filestore-invalid"),
    ("Missing <s3-filestore> value", "filestore-missing"),
    ("invalid &lt;s3-filestore&gt; value", "filestore-invalid"),
    ("MISSING <s3-filestore> VALUE", "filestore-missing"),
]
EXAMPLES = [*TITLES, *STORE_EXAMPLES, *NODE_EXAMPLES]
