# bash completion for kns. It only translates: `kns __complete` knows the commands and asks the daemon for names.
_kns() {
    local directive kept tail cur word gap rest=$COMP_LINE i
    local -a words=() reply=()
    # bash breaks words at COMP_WORDBREAKS, an ARN at its colons: pieces with no blank between them are one word again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        gap=${rest%%[![:blank:]]*}
        rest=${rest#"$gap"} rest=${rest#"$word"}
        if [[ $i -eq 0 || -n $gap ]]; then words+=("$word"); else words[-1]+=$word; fi
    done
    # Behind < and > stands a file, and no word of ours.
    if [[ ${words[-1]} == [\<\>]* || ${words[-2]-} == *[\<\>] ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#[<>]}")
        return
    fi
    # Without their quotes, and a tilde as the shell takes it.
    for i in "${!words[@]}"; do
        word=${words[i]#[\"\']}
        [[ ${words[i]} == [\"\']* ]] && word=${word%"${words[i]:0:1}"} || word=${word//\\/}
        [[ $i -eq 0 && $word == '~/'* ]] && word=$HOME${word:1}
        words[i]=$word
    done
    cur=${words[-1]}
    mapfile -t reply < <("${words[0]}" __complete --cword $((${#words[@]} - 1)) -- "${words[@]}" 2>/dev/null)
    [[ ${#reply[@]} -gt 0 ]] || return
    directive=${reply[-1]}
    unset "reply[-1]"
    reply=("${reply[@]%%$'\t'*}")
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
    return 0
}
complete -F _kns kns
