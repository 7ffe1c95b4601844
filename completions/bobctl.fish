# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_bobctl_global_optspecs
    string join \n q/quiet v/verbose debug color= no-progress h/help V/version
end

function __fish_bobctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_bobctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_bobctl_using_subcommand
    set -l cmd (__fish_bobctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c bobctl -n "__fish_bobctl_needs_command" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_needs_command" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_needs_command" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_needs_command" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_needs_command" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_needs_command" -s V -l version -d 'Print version'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "push" -d 'Pack a folder, upload it and tag it'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "pull" -d 'Fetch an artifact, check it and unpack it'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "tag" -d 'Add tags to an artifact'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "delete" -d 'Take a tag away, or delete an artifact'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "link" -d 'Link an artifact to an image'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "copy" -d 'Copy an artifact or image to another registry or layout'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "list" -d 'List what a repository holds'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "describe" -d 'Show what an artifact, image or index is and holds'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "tree" -d 'Show what refers to an artifact or image'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "build" -d 'Make an artifact\'s content without pushing it'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "create" -d 'Create what a cluster needs to fetch and verify artifacts'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "login" -d 'Log in to a registry, and keep the login as docker does'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "logout" -d 'Log out of a registry'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "completion" -d 'Print the completion script for a shell'
complete -c bobctl -n "__fish_bobctl_needs_command" -f -a "version" -d 'Print the version'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Pack a folder, upload it and tag it'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Pack a folder, upload it and tag it'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -s f -l path -d 'The folder or file to pack; - reads YAML from standard input; with linux/amd64= or the like in front, what to pack for that platform (repeat)' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l file -d 'A file to push as it is, named by its file name (repeat) [default media type: application/octet-stream]' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l artifact-type -d 'What the files of --file are together, a media type; with --link, what the BoB is [default: application/vnd.bob.artifact+yaml]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l link -d 'Link what is pushed to this image or index, a reference like REF' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l platforms -d 'Link the images in the index too: all that the BoB is for, or those of these platforms, separated by commas' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l source -d 'Where the content comes from, a URL; user and password in it are left out [default: the git remote \'origin\']' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l revision -d 'The revision of the content, <branch>@sha1:<commit> [default: HEAD]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -s a -l annotations -d 'An annotation of the manifest (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l annotation-file -d 'Annotations from a JSON file of the form {"$manifest":{"key":"value"}}' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l tag -d 'A further tag (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l config-media-type -d 'The config\'s media type, for registries that accept only some' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l ignore-paths -d 'Leave out what matches these patterns, in the syntax of .gitignore (repeat, or separate by commas)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l allow-mismatch -d 'Link even if the BoB\'s profiles name another image or architecture'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l reproducible -d 'Set the time of creation to 1970-01-01T00:00:00Z'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l if-changed -d 'Write nothing when the tag has this content with these annotations already'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l no-clobber -d 'Fail when a tag exists and names something else'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l dry-run -d 'Pack and print, but write nothing, and ask nothing but the image of --link'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l no-default-ignores -d 'Pack .git/, .gitignore, .gitmodules, .gitattributes and .bobignore too'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l resolve-symlinks -d 'Pack what a symbolic link points to outside of the folder'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -s f -l path -d 'The folder or file to pack; - reads YAML from standard input; with linux/amd64= or the like in front, what to pack for that platform (repeat)' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l file -d 'A file to push as it is, named by its file name (repeat) [default media type: application/octet-stream]' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l artifact-type -d 'What the files of --file are together, a media type; with --link, what the BoB is [default: application/vnd.bob.artifact+yaml]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l link -d 'Link what is pushed to this image or index, a reference like REF' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l platforms -d 'Link the images in the index too: all that the BoB is for, or those of these platforms, separated by commas' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l source -d 'Where the content comes from, a URL; user and password in it are left out [default: the git remote \'origin\']' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l revision -d 'The revision of the content, <branch>@sha1:<commit> [default: HEAD]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -s a -l annotations -d 'An annotation of the manifest (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l annotation-file -d 'Annotations from a JSON file of the form {"$manifest":{"key":"value"}}' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l tag -d 'A further tag (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l config-media-type -d 'The config\'s media type, for registries that accept only some' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l ignore-paths -d 'Leave out what matches these patterns, in the syntax of .gitignore (repeat, or separate by commas)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l allow-mismatch -d 'Link even if the BoB\'s profiles name another image or architecture'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l reproducible -d 'Set the time of creation to 1970-01-01T00:00:00Z'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l if-changed -d 'Write nothing when the tag has this content with these annotations already'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l no-clobber -d 'Fail when a tag exists and names something else'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l dry-run -d 'Pack and print, but write nothing, and ask nothing but the image of --link'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l no-default-ignores -d 'Pack .git/, .gitignore, .gitmodules, .gitattributes and .bobignore too'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l resolve-symlinks -d 'Pack what a symbolic link points to outside of the folder'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand push; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Fetch an artifact, check it and unpack it into a folder'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Fetch an artifact, check it and unpack it into a folder'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -s o -l output -d 'The folder to write; made if absent' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l semver -d 'Take the newest version in this range instead of a tag, ~1.2 or \'>=1.0 <2\' for one' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l image -d 'Instead of REF: the newest BoB that is linked to this image' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l platform -d 'Which platform of an index [default: linux on this machine\'s architecture, or the only one]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l max-unpacked-size -d 'Refuse to unpack more than this' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l force -d 'Replace the folder when it is not empty'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -s o -l output -d 'The folder to write; made if absent' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l semver -d 'Take the newest version in this range instead of a tag, ~1.2 or \'>=1.0 <2\' for one' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l image -d 'Instead of REF: the newest BoB that is linked to this image' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l platform -d 'Which platform of an index [default: linux on this machine\'s architecture, or the only one]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l max-unpacked-size -d 'Refuse to unpack more than this' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l force -d 'Replace the folder when it is not empty'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand pull; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Add tags to an artifact; no content moves'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Add tags to an artifact; no content moves'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l tag -d 'A tag to add (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l if-match -d 'Fail unless each tag names this digest now' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l no-clobber -d 'Fail when a tag exists and names something else'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l tag -d 'A tag to add (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l if-match -d 'Fail unless each tag names this digest now' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l no-clobber -d 'Fail when a tag exists and names something else'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand tag; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Take a tag away, or delete a manifest with all its tags'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Take a tag away, or delete a manifest with all its tags'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -s y -l yes -d 'Do not ask; needed where no terminal is'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -s y -l yes -d 'Do not ask; needed where no terminal is'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand delete; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Link a BoB to the image that it is about, so that it is found from there'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Link a BoB to the image that it is about, so that it is found from there'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l artifact-type -d 'The link\'s artifact type [default: application/vnd.bob.artifact+yaml]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -s a -l annotations -d 'An annotation of the link (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l platforms -d 'Link the images in an index too: all that the BoB is for, or those of these platforms, separated by commas' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-creds -d 'As --creds, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-username -d 'As --username, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-ca-file -d 'As --ca-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-cert-file -d 'As --cert-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-key-file -d 'As --key-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-docker-config -d 'As --docker-config, for the first reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-creds -d 'As --creds, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-username -d 'As --username, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-ca-file -d 'As --ca-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-cert-file -d 'As --cert-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-key-file -d 'As --key-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-docker-config -d 'As --docker-config, for the second reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l allow-mismatch -d 'Link even if the BoB\'s profiles name another image or architecture'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-password-stdin -d 'As --password-stdin, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-plain-http -d 'As --plain-http, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l from-tls-skip-verify -d 'As --tls-skip-verify, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-password-stdin -d 'As --password-stdin, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-plain-http -d 'As --plain-http, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l to-tls-skip-verify -d 'As --tls-skip-verify, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l artifact-type -d 'The link\'s artifact type [default: application/vnd.bob.artifact+yaml]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -s a -l annotations -d 'An annotation of the link (repeat)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l platforms -d 'Link the images in an index too: all that the BoB is for, or those of these platforms, separated by commas' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-creds -d 'As --creds, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-username -d 'As --username, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-ca-file -d 'As --ca-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-cert-file -d 'As --cert-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-key-file -d 'As --key-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-docker-config -d 'As --docker-config, for the first reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-creds -d 'As --creds, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-username -d 'As --username, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-ca-file -d 'As --ca-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-cert-file -d 'As --cert-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-key-file -d 'As --key-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-docker-config -d 'As --docker-config, for the second reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l allow-mismatch -d 'Link even if the BoB\'s profiles name another image or architecture'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-password-stdin -d 'As --password-stdin, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-plain-http -d 'As --plain-http, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l from-tls-skip-verify -d 'As --tls-skip-verify, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-password-stdin -d 'As --password-stdin, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-plain-http -d 'As --plain-http, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l to-tls-skip-verify -d 'As --tls-skip-verify, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand link; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Copy an artifact, an image or an index from one registry or layout to another'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Copy an artifact, an image or an index from one registry or layout to another'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l platform -d 'Of an index, copy the manifest for this platform alone; the tag then names that one' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-creds -d 'As --creds, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-username -d 'As --username, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-ca-file -d 'As --ca-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-cert-file -d 'As --cert-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-key-file -d 'As --key-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-docker-config -d 'As --docker-config, for the first reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-creds -d 'As --creds, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-username -d 'As --username, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-ca-file -d 'As --ca-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-cert-file -d 'As --cert-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-key-file -d 'As --key-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-docker-config -d 'As --docker-config, for the second reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -s r -l recursive -d 'Copy what refers to it as well, recursively: BoBs, SBOMs, signatures, and cosign\'s .sig, .att and .sbom tags'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-password-stdin -d 'As --password-stdin, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-plain-http -d 'As --plain-http, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l from-tls-skip-verify -d 'As --tls-skip-verify, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-password-stdin -d 'As --password-stdin, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-plain-http -d 'As --plain-http, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l to-tls-skip-verify -d 'As --tls-skip-verify, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l platform -d 'Of an index, copy the manifest for this platform alone; the tag then names that one' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-creds -d 'As --creds, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-username -d 'As --username, for the first reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-ca-file -d 'As --ca-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-cert-file -d 'As --cert-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-key-file -d 'As --key-file, for the first reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-docker-config -d 'As --docker-config, for the first reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-creds -d 'As --creds, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-username -d 'As --username, for the second reference alone' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-ca-file -d 'As --ca-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-cert-file -d 'As --cert-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-key-file -d 'As --key-file, for the second reference alone' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-docker-config -d 'As --docker-config, for the second reference alone' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -s r -l recursive -d 'Copy what refers to it as well, recursively: BoBs, SBOMs, signatures, and cosign\'s .sig, .att and .sbom tags'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-password-stdin -d 'As --password-stdin, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-plain-http -d 'As --plain-http, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l from-tls-skip-verify -d 'As --tls-skip-verify, for the first reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-password-stdin -d 'As --password-stdin, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-plain-http -d 'As --plain-http, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l to-tls-skip-verify -d 'As --tls-skip-verify, for the second reference alone'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand copy; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -f -a "artifacts" -d 'List the tags of a repository, each with what its manifest says'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and not __fish_seen_subcommand_from artifacts artifact" -f -a "artifact" -d 'List the tags of a repository, each with what its manifest says'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l filter-semver -d 'Only versions in this range' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l filter-regex -d 'Only tags that match this regular expression' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l limit -d 'Only the first rows' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l all -d 'The tags of referrers and signatures too'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l filter-semver -d 'Only versions in this range' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l filter-regex -d 'Only tags that match this regular expression' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l limit -d 'Only the first rows' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l all -d 'The tags of referrers and signatures too'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand list; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Show what an artifact, image or index is, what it holds and what is attached to it'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Show what an artifact, image or index is, what it holds and what is attached to it'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l platform -d 'Describe this platform\'s manifest of an index instead of the index' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l files -d 'Fetch the content and list its files'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l raw -d 'Print the manifest\'s own bytes and nothing else, whatever the format'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l platform -d 'Describe this platform\'s manifest of an index instead of the index' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l files -d 'Fetch the content and list its files'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l raw -d 'Print the manifest\'s own bytes and nothing else, whatever the format'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand describe; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Show what refers to an artifact or image, recursively: SBOMs, signatures, BoBs'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Show what refers to an artifact or image, recursively: SBOMs, signatures, BoBs'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l artifact-type -d 'Only branches that lead to artifacts of this type' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l depth -d 'How many levels of referrers to show; 1 is direct referrers alone, 16 the most' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l artifact-type -d 'Only branches that lead to artifacts of this type' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l depth -d 'How many levels of referrers to show; 1 is direct referrers alone, 16 the most' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l username -d 'User name; the password comes by --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l docker-config -d 'The folder of docker\'s config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l concurrency -d 'How many blobs move at the same time' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand tree; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifact" -d 'Pack a folder into a file: the content layer that a push makes'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and not __fish_seen_subcommand_from artifact artifacts" -f -a "artifacts" -d 'Pack a folder into a file: the content layer that a push makes'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -s f -l path -d 'The folder or file to pack; - reads YAML from standard input' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -s o -l output -d 'The file to write; an existing one is replaced' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l ignore-paths -d 'Leave out what matches these patterns, in the syntax of .gitignore (repeat, or separate by commas)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l no-default-ignores -d 'Pack .git/, .gitignore, .gitmodules, .gitattributes and .bobignore too'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l resolve-symlinks -d 'Pack what a symbolic link points to outside of the folder'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -s f -l path -d 'The folder or file to pack; - reads YAML from standard input' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -s o -l output -d 'The file to write; an existing one is replaced' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l ignore-paths -d 'Leave out what matches these patterns, in the syntax of .gitignore (repeat, or separate by commas)' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l no-default-ignores -d 'Pack .git/, .gitignore, .gitmodules, .gitattributes and .bobignore too'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l resolve-symlinks -d 'Pack what a symbolic link points to outside of the folder'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand build; and __fish_seen_subcommand_from artifacts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and not __fish_seen_subcommand_from secret" -f -a "secret" -d 'Create a secret in the cluster, or print it'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -f -a "oci" -d 'Create a pull secret: the login with which a cluster fetches from a registry'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -f -a "notation" -d 'Create a secret of a trust policy and CA certificates, with which Flux verifies signatures of notation'
complete -c bobctl -n "__fish_bobctl_using_subcommand create; and __fish_seen_subcommand_from secret" -f -a "cosign" -d 'Create a secret of public keys, with which Flux verifies signatures of cosign'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l creds -d 'User name and password; the password shows in the process list, so prefer --password-stdin' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l ca-file -d 'Trust the CA certificates of this PEM file as well' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l cert-file -d 'Show this client certificate, a PEM file, to a registry that asks for one' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l key-file -d 'The private key of --cert-file, a PEM file' -r -F
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l timeout -d 'Give up after this time, 90s or 1h30m for one; 0 is never [default: never]' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l idle-timeout -d 'Give up when the registry is silent for this long; 0 is never' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l username -d 'User name; the password comes by --password-stdin, or is typed' -r
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l docker-config -d 'The folder of docker\'s config.json [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l password-stdin -d 'Read the password from standard input'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l plain-http -d 'Speak HTTP instead of HTTPS'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l tls-skip-verify -d 'Accept any certificate'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -l docker-config -d 'The folder of docker\'s config.json [default: $DOCKER_CONFIG or ~/.docker]' -r -f -a "(__fish_complete_directories)"
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand completion" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand completion" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand completion" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand completion" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand completion" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -s o -l format -d 'The format of the result' -r -f -a "text\t'For people and shells'
json\t'One JSON document'
yaml\t'One YAML document'"
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -l color -d 'Colour stderr' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -s q -l quiet -d 'Say nothing but errors on stderr; the result is printed all the same'
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -s v -l verbose -d 'Say more on stderr'
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -l debug -d 'Trace every HTTP request on stderr, without secrets: for bug reports; includes -v'
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -l no-progress -d 'Draw no progress bars'
complete -c bobctl -n "__fish_bobctl_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
