# fish completion for kns. It only translates: `kns __complete` knows the commands and asks the daemon for names.
function __kns_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l lines (command $program __complete --cword (count $words) -- $words (string unescape -- "$token"; or printf '%s\n' "$token") 2>/dev/null)
    set -q lines[1]; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    switch $directive
        case :files
            # fish's own, of the value alone: it knows tildes and quotes.
            set -l option (string match -r -- '^--[^=]*=' "$token")
            set -l value (string replace -r -- '^--[^=]*=' '' "$token")
            for found in (complete -C "'' $value")
                printf '%s\n' "$option$found"
            end
        case :dirs
            __fish_complete_directories "$token"
        case :command
            __fish_complete_command
        case '*'
            string join \n -- $lines
    end
end
complete -c kns -f -a '(__kns_complete)'
