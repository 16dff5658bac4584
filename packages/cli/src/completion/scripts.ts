/** What a shell runs at start to complete the words of `tessera`: it asks `tessera complete` for them. */
export const COMPLETION_SCRIPTS = {
  bash: `_tessera() {
  local IFS=$'\\n' line=$COMP_LINE gap word index joined=() before
  # Bash cuts words at colons and equals signs too: those without a gap between them are one.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    gap=\${line%%[![:space:]]*}
    word=\${COMP_WORDS[index]}
    if [[ -n $gap || $index -eq 0 ]]; then joined+=("$word"); else joined[\${#joined[@]}-1]+=$word; fi
    line=\${line#"$gap"}
    line=\${line#"$word"}
  done
  # Bash replaces only what follows the last cut.
  [[ $word == [:=]* && $COMP_WORDBREAKS == *"\${word:0:1}"* ]] && word=
  before=\${joined[\${#joined[@]}-1]%"$word"}
  COMPREPLY=($(tessera complete -- "\${joined[@]:1}" 2>/dev/null))
  COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  # A directory goes on with what is in it.
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
}
complete -o default -F _tessera tessera
`,
  zsh: `#compdef tessera
_tessera() {
  local -a found
  found=(\${(f)"$(tessera complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} == 0 )); then
    _files
    return
  fi
  # A directory goes on with what is in it.
  compadd -S '' -- \${(M)found:#*/}
  compadd -- \${found:#*/}
}
compdef _tessera tessera
`,
  fish: `function __tessera_complete
  set -l words (commandline -opc) (commandline -ct)
  tessera complete -- $words[2..-1] 2>/dev/null
end
complete -c tessera -a '(__tessera_complete)'
`,
} as const;

export type Shell = keyof typeof COMPLETION_SCRIPTS;
