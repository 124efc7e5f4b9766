# bash completion for kns. It only translates: `kns __complete` knows the commands and asks the daemon for names.
_kns() {
    local line=${COMP_LINE:0:COMP_POINT} cur directive kept tail
    local -a words=() reply=()
    # Words as typed, split at blanks only: bash's own COMP_WORDS breaks ARNs at their colons.
    read -ra words <<<"$line"
    [[ $line == *[[:blank:]] ]] && words+=("")
    cur=${words[${#words[@]} - 1]}
    mapfile -t reply < <("$1" __complete --cword $((${#words[@]} - 1)) -- "${words[@]}" 2>/dev/null)
    [[ ${#reply[@]} -gt 0 ]] || return
    directive=${reply[${#reply[@]} - 1]}
    unset "reply[${#reply[@]} - 1]"
    reply=("${reply[@]%%$'\t'*}")
    # bash replaces only what follows the last break character of the word, so the rest must not be repeated.
    tail=$cur
    [[ $COMP_WORDBREAKS == *:* ]] && tail=${tail##*:}
    [[ $COMP_WORDBREAKS == *=* ]] && tail=${tail##*=}
    kept=${cur%"$tail"}
    case $directive in
        :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$tail") ;;
        :dirs) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$tail") ;;
        :command) mapfile -t COMPREPLY < <(compgen -c -- "$tail") ;;
        *) COMPREPLY=("${reply[@]#"$kept"}") ;;
    esac
    [[ $directive == :nospace ]] && compopt -o nospace
    return 0
}
complete -F _kns kns
