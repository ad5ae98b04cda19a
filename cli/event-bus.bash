# Completion of event-bus(1) for bash: the program says what there is, files are the shell's.
_event_bus() {
    local IFS=$'\n'
    # shellcheck disable=SC2207
    COMPREPLY=($("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _event_bus event-bus
