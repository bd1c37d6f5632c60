# With whose rights would Jira come to a bucket? What its own process was given, else what its unit gives, then along the
# default chain of its client: properties, environment, web identity, profile, container, instance (AWS, "Default
# credentials provider chain"). What is found is used here and stays here: no value of it is told, and none stands in an
# argument or a file. identity.sh only reads.

# Everything of the login's own is forgotten first: it is not Jira's.
find_identity() {
    for name in $(env | grep -o -E '^(AWS_[A-Z0-9_]*|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy)' | sort -u); do
        unset "$name"
    done
    set +a
    export HOME="$(timeout 3 getent passwd "$(id -u)" | cut -d : -f 6)"
    surroundings=owner given=
    case $letter in
        *"${nl}process: "[luh]*)
            line=${letter#*"${nl}process: "}
            set -- ${line%%"$nl"*}
            take_from_process "$2"
            ;;
        *) take_from_unit ;;
    esac
}

take_from_process() {
    [ -r "/proc/$1/environ" ] || { surroundings=hidden; return; }
    surroundings=process
    given=$(tr '\0' '\n' <"/proc/$1/environ" 2>/dev/null | wanted_names)
    take_given
    given=$(tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | grep -a -E '^-D(aws\.[A-Za-z0-9]+|https\.proxy(Host|Port)|user\.home)=')
    take_properties
    given=
}

# A unit's words are read as far as they are plain; the variables of Jira's own setenv.sh are not to be seen here.
take_from_unit() {
    [ -n "$unit" ] && [ -d /run/systemd/system ] && [ -x /usr/bin/systemctl ] || return 0
    surroundings=unit
    given=$(timeout 3 /usr/bin/systemctl show -p Environment --value -- "$unit" 2>/dev/null | tr ' ' '\n' | wanted_names)
    take_given
    for name in $(timeout 3 /usr/bin/systemctl show -p EnvironmentFiles --value -- "$unit" 2>/dev/null | grep -o '^/[^ ]*'); do
        [ -f "$name" ] && [ -r "$name" ] || continue
        given=$(wanted_names <"$name")
        take_given
    done
    given=
}

wanted_names() { grep -a -E '^(AWS_[A-Z0-9_]+|HTTPS_PROXY|NO_PROXY|https_proxy|no_proxy)=' | head -c 65536; }

take_given() {
    IFS=$nl
    for line in $given; do
        name=${line%%=*} value=${line#*=}
        # A unit's file may have its values in quotes.
        case $value in \"*\") value=${value#\"} value=${value%\"} ;; \'*\') value=${value#\'} value=${value%\'} ;; esac
        export "$name=$value"
    done
    unset IFS
}

take_properties() {
    proxy_host= proxy_port=
    case $given in *-Daws.accessKeyId=*) unset AWS_SESSION_TOKEN ;; esac
    IFS=$nl
    for line in $given; do
        value=${line#*=}
        case ${line%%=*} in
            -Daws.accessKeyId) export "AWS_ACCESS_KEY_ID=$value" ;;
            -Daws.secretAccessKey) export "AWS_SECRET_ACCESS_KEY=$value" ;;
            -Daws.sessionToken) export "AWS_SESSION_TOKEN=$value" ;;
            -Daws.webIdentityTokenFile) export "AWS_WEB_IDENTITY_TOKEN_FILE=$value" ;;
            -Daws.roleArn) export "AWS_ROLE_ARN=$value" ;;
            -Daws.roleSessionName) export "AWS_ROLE_SESSION_NAME=$value" ;;
            -Daws.profile) export "AWS_PROFILE=$value" ;;
            -Daws.sharedCredentialsFile) export "AWS_SHARED_CREDENTIALS_FILE=$value" ;;
            -Daws.configFile) export "AWS_CONFIG_FILE=$value" ;;
            -Daws.disableEc2Metadata) export "AWS_EC2_METADATA_DISABLED=$value" ;;
            -Daws.ec2MetadataServiceEndpoint) export "AWS_EC2_METADATA_SERVICE_ENDPOINT=$value" ;;
            -Dhttps.proxyHost) proxy_host=$value ;;
            -Dhttps.proxyPort) proxy_port=$value ;;
            -Duser.home) export "HOME=$value" ;;
        esac
    done
    unset IFS
    [ -z "$proxy_host" ] || export "https_proxy=http://$proxy_host:${proxy_port:-443}"
}

# The keys themselves, for requests that we sign: key_id, secret_key, session_token, and by which link of the chain.
find_keys() {
    key_id= secret_key= session_token= chain=none
    if [ -n "$AWS_ACCESS_KEY_ID" ] && [ -n "$AWS_SECRET_ACCESS_KEY" ]; then
        chain=environment key_id=$AWS_ACCESS_KEY_ID secret_key=$AWS_SECRET_ACCESS_KEY session_token=$AWS_SESSION_TOKEN
    elif [ -n "$AWS_WEB_IDENTITY_TOKEN_FILE" ] && [ -n "$AWS_ROLE_ARN" ]; then
        keys_of_web_identity
    else
        keys_of_profile
        [ "$chain" != none ] || keys_of_container
        [ "$chain" != none ] || keys_of_instance
    fi
    # What could end a text of curl's configuration, or a part of the header, is no key. A secret stands in neither.
    case $key_id$session_token in *[!!-~]* | *[\"\\,]*) key_id= secret_key= session_token= chain=odd ;; esac
    [ -n "$key_id" ] && [ -n "$secret_key" ]
}

keys_of_profile() {
    profile=${AWS_PROFILE:-default}
    for file in "${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}" "${AWS_CONFIG_FILE:-$HOME/.aws/config}"; do
        [ -f "$file" ] && [ -r "$file" ] || continue
        read_profile "$file"
        [ -z "$key_id" ] || [ -z "$secret_key" ] || { chain=profile; return; }
    done
    key_id= secret_key= session_token=
}

# role_arn, sso_ and credential_process take more than a file can tell: then only the aws command knows the way.
read_profile() {
    inside_profile=no
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '['*) case $line in "[$profile]"* | "[profile $profile]"*) inside_profile=yes ;; *) inside_profile=no ;; esac; continue ;;
            [\#\;]* | '') continue ;;
        esac
        [ "$inside_profile" = yes ] || continue
        name=${line%%=*} value=${line#*=}
        IFS=' 	'
        set -- $name
        name=$1
        set -- $value
        value=$1
        unset IFS
        case $name in
            aws_access_key_id) key_id=$value ;;
            aws_secret_access_key) secret_key=$value ;;
            aws_session_token) session_token=$value ;;
            role_arn | credential_process | sso_* | web_identity_token_file) chain=profile-$name ;;
        esac
    done <"$1"
}

keys_of_container() {
    if [ -n "$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" ]; then
        place=http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
    else
        place=$AWS_CONTAINER_CREDENTIALS_FULL_URI
    fi
    [ -n "$place" ] || return
    token=$AWS_CONTAINER_AUTHORIZATION_TOKEN
    [ -z "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" ] || { read -r token <"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"; } 2>/dev/null
    case $token in *[!\ -~]* | *[\"\\]*) chain=odd; return ;; esac
    keys_from_page container "$(ask_beside "$place" "${token:+header = \"Authorization: $token\"}")"
}

# Of an instance, by the second version of its metadata service alone: the first is what AWS advises to switch off.
keys_of_instance() {
    case $AWS_EC2_METADATA_DISABLED in [Tt][Rr][Uu][Ee]) return ;; esac
    place=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
    place=${place%/}/latest
    token=$(ask_beside "$place/api/token" 'request = "PUT"
header = "X-aws-ec2-metadata-token-ttl-seconds: 60"')
    # It becomes a line of curl's configuration, and whoever answers there need not be AWS's service.
    case $token in '' | *[!A-Za-z0-9+/=._-]*) return ;; esac
    token="header = \"X-aws-ec2-metadata-token: $token\""
    role=$(ask_beside "$place/meta-data/iam/security-credentials/" "$token" | head -n 1)
    case $role in '' | *[!A-Za-z0-9+=,.@_-]*) return ;; esac
    keys_from_page instance "$(ask_beside "$place/meta-data/iam/security-credentials/$role" "$token")"
}

keys_of_web_identity() {
    web_token=
    { read -r web_token <"$AWS_WEB_IDENTITY_TOKEN_FILE"; } 2>/dev/null
    case $web_token$AWS_ROLE_ARN$AWS_ROLE_SESSION_NAME in *[!A-Za-z0-9/+=._:,@~-]*) chain=odd; return ;; esac
    [ -n "$web_token" ] || { chain=web-identity-unread; return; }
    place=${AWS_ENDPOINT_URL_STS:-$sts}
    page=$(ask_beside "$place/" "data = \"Action=AssumeRoleWithWebIdentity&Version=2011-06-15\"
data-urlencode = \"RoleArn=$AWS_ROLE_ARN\"
data-urlencode = \"RoleSessionName=${AWS_ROLE_SESSION_NAME:-filestore-agent}\"
data-urlencode = \"WebIdentityToken=$web_token\"")
    chain=web-identity
    key_id=$(element AccessKeyId) secret_key=$(element SecretAccessKey) session_token=$(element SessionToken)
}

keys_from_page() {
    page=$2
    key_id=$(text_named AccessKeyId) secret_key=$(text_named SecretAccessKey) session_token=$(text_named Token)
    [ -z "$key_id" ] || chain=$1
}

# One text of the JSON or XML in $page. Both come from AWS's own services, whose values hold no quotes.
text_named() {
    line=$(printf %s "$page" | tr -d '\n' | grep -o "\"$1\" *: *\"[^\"]*\"" | head -n 1)
    line=${line%\"}
    printf %s "${line##*\"}"
}

element() {
    line=$(printf %s "$page" | tr -d '\n' | grep -o "<$1>[^<]*<" | head -n 1)
    line=${line#*>}
    printf %s "${line%<}"
}

# A service beside the machine, or AWS's own for tokens: what is asked travels in a pipe, since it may be a token.
ask_beside() {
    case $1 in *[!!-~]* | *[\"\\]*) return ;; esac
    printf 'url = "%s"\n%s\n' "$1" "$2" |
        curl -q -s -f -g --noproxy 169.254.169.254,169.254.170.2,127.0.0.1,localhost --connect-timeout 2 --max-time 5 -K - 2>/dev/null |
        head -c 65536
}
