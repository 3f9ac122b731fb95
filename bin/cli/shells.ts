/** What each shell has to be told, once, to complete `postern`. All ask the program itself (completion.ts). */
export const SHELLS = {
  // bash takes @, : and = for the ends of words, and replaces only what is behind the last of them.
  bash: `_postern() {
  local line=\${COMP_LINE:0:COMP_POINT} cur prefix
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur=\${words[-1]}
  prefix=
  [[ $cur =~ ^(.*[@:=]) ]] && prefix=\${BASH_REMATCH[1]}
  local IFS=$'\\n'
  COMPREPLY=()
  local each
  for each in $(postern __complete "\${words[@]:1}" 2>/dev/null); do
    COMPREPLY+=("\${each#"$prefix"}")
  done
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _postern postern
`,
  zsh: `#compdef postern
_postern() {
  local -a found
  found=("\${(@f)$(postern __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then
    compadd -- "\${found[@]}"
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _postern ]]; then _postern "$@"; else compdef _postern postern; fi
`,
  fish: `function __postern_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (postern __complete $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c postern -f -a '(__postern_complete)'
`,
} as const;

export type Shell = keyof typeof SHELLS;

export function isShell(name: string): name is Shell {
  return Object.hasOwn(SHELLS, name);
}
