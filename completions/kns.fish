# fish completion for kns. It only translates: `kns __complete` knows the commands and asks the daemon for names.
function __kns_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (command $words[1] __complete --cword (count $words) -- $words "$current" 2>/dev/null)
    set -q lines[1]; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    switch $directive
        case :files
            __fish_complete_path "$current"
        case :dirs
            __fish_complete_directories "$current"
        case :command
            __fish_complete_command
        case '*'
            string join \n -- $lines
    end
end
complete -c kns -f -a '(__kns_complete)'
