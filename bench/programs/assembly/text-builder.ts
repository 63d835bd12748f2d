// Builds, joins, splits, replaces and upper-cases strings n times: short-lived garbage, copies of UTF-16.

export function run(n: i32): i32 {
  let hash: u32 = 2166136261;
  for (let round = 0; round < n; round++) {
    const parts = new Array<string>();
    for (let i = 0; i < 20; i++) parts.push("item " + (round * 31 + i * 7).toString() + (i % 3 == 0 ? " ä" : ""));
    let text = parts.join(", ");
    text = text.replaceAll("item", "entry").toUpperCase();
    const pieces = text.split(", ");
    let line = "";
    for (let i = 0; i < pieces.length; i++) {
      if (pieces[i].endsWith("Ä")) line += pieces[i].slice(6).padStart(8, "0") + ";";
      else line = line + pieces[i].charAt(pieces[i].length - 1);
    }
    for (let i = 0; i < line.length; i++) hash = (hash ^ line.charCodeAt(i)) * 16777619;
  }
  return hash;
}
