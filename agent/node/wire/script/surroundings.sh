# What a service is to inherit is what the login gave, not what this script makes of it.
login_locale=${LC_ALL-} login_path=$PATH login_umask=$(umask)
