/** Position after the text that begins with the quote at `from`. */
function endOfText(json: string, from: number): number {
  for (let at = from + 1; ; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at + 1;
  }
}

/** The first name that some object of valid JSON has twice, or null. `JSON.parse` keeps the last one without a word. */
export function duplicateName(json: string): string | null {
  const open: (Set<string> | null)[] = []; // names of the objects around this place; null for a list
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfText(json, at);
      const names = open.at(-1);
      let next = end;
      while (' \t\r\n'.includes(json[next] ?? '-')) next++;
      if (names != null && json[next] === ':') {
        const name = JSON.parse(json.slice(at, end)) as string;
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end - 1;
    }
  }
  return null;
}
