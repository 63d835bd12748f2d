/**
 * Writes harbour-log.txt: the log of a harbour that does not exist, put together from the phrases below.
 *
 * The text is real input for the plugin (long, uneven, in several scripts) and nobody's property: every phrase but an Icelandic
 * proverb was written for this file, and a seeded generator chooses among them, so it comes out the same each time.
 * Run: node plugins/word-count/text/generate.ts
 */
import { writeFileSync } from 'node:fs';

const DAYS = 420;
const SEED = 1887;

const PHRASES = {
  weather: [
    'Wind from the {wind}, {force}.',
    'A {sky} morning; the glass stands at {pressure}.',
    'Fog until {hour}, then {sky} with a breeze from the {wind}.',
    'Rain since before dawn. The gutters run like brooks.',
    'It is so still that one hears the oars of the pilot boat from the far mole.',
    'Sleet at first, and a sea that broke over the lower steps.',
  ],
  arrival: [
    'The {ship}, {master}, came in from {port} with {cargo}.',
    'At {hour} the {ship} of {port} made fast at berth {berth} after {days} days at sea.',
    'Pilot {name} brought in the {ship}; she draws more water than her papers say, and we put her at berth {berth}.',
    'Arrived: the {ship}, {cargo}, {days} days from {port}, all well on board.',
    'The {ship} signalled for a tug at {hour} and lay alongside an hour later, {cargo} in her holds.',
  ],
  departure: [
    'The {ship} sailed for {port} on the ebb.',
    'Cleared for {port}: the {ship}, in ballast.',
    'The {ship} should have left at {hour}, but her cook could not be found; she left without him.',
    'With the evening tide the {ship} went out, {cargo} for {port}.',
  ],
  dealing: [
    'Harbour dues of {money} were paid in {coin}, which is to be weighed before it is entered.',
    'Mrs. {name} of the chandlery asks again about the crane on the south quay; it was promised for spring, i.e. last spring.',
    'A dispute between two masters about berth {berth} was settled by the tide-table and a glass of something warm.',
    'Sold by auction: {lots} casks of {goods}, some of them leaking, for {money} altogether.',
    'The customs officer opened {lots} chests marked “{goods}” and found {find}.',
    'Dr. {name} looked at the crew of the {ship} and let all but one go ashore.',
    "The council's letter arrived; it wants the light on the mole lit half an hour earlier, and doesn't say who shall pay for the oil.",
    'We measured the channel again: {depth} fathoms at low water, less than in any year that I have written down.',
  ],
  remark: [
    '“How long can a harbour stay a harbour,” asked {name}, “when the river brings a little more sand each year?” Nobody knew.',
    'The gulls have taken the roof of the old ropewalk and will not be argued with.',
    'A letter came for a sailor who left in {month}. It stays in the drawer with the others.',
    'The children counted {lots} jellyfish from the steps and gave each of them a name!',
    'Someone has painted the bollards at berth {berth} a very bright yellow. I find that I do not mind.',
    'The clock of the harbour office lost eleven minutes this week; the sea, as far as we can tell, lost none.',
    'Old {name} says that the eels are early. He says it every year, and every year he is right... or nearly.',
    'I walked to the end of the mole and back. Nothing to report, and it was good to have nothing to report.',
    'Heard singing from the {ship} until late; a slow song with many verses, each sadder than the one before.',
  ],
  foreign: [
    'On a crate from {port}: 「取扱注意。海の音が入っています。」 The clerk copied it out with care.',
    'Captain Ólafsdóttir left a proverb on our slate: “Þeir fiska sem róa.”',
    'The Greek mate of the {ship} wrote in the visitors’ book: «Η θάλασσα δεν ξεχνά. Κι εμείς;»',
    'A postcard for the cook: « Ça va ? Ici, tout va bien ; la mer est à sa place. »',
    'Frau Grünewäldler schickt Grüße aus Übersee und fragt nach dem großen Fass.',
    'Painted on the bow of the visiting boat: «Быстрая», and below it a very slow snail 🐌.',
    'The señora with the parrots has returned from {port}; there are nine of them now, ¿y quién los cuenta?',
  ],
} as const;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  wind: ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'],
  force: ['fresh', 'light and unsteady', 'strong enough to lift hats', 'a whole gale by noon', 'hardly a breath'],
  sky: ['grey', 'clear', 'pale', 'red', 'low and leaden', 'milky', 'bright'],
  hour: ['five', 'half past six', 'seven', 'nine', 'noon', 'two', 'a quarter to four', 'eight in the evening'],
  ship: [
    'Patient Margaret',
    'Second Chance',
    'Halcyon',
    'Ingeborg',
    'Three Sisters',
    'Far-Away',
    'Óðinn',
    'Bonne Humeur',
    'Lantern',
    'Quiet Water',
    'Esperança',
    'Widow Lindqvist',
    'Northern Plum',
    'Admiral of Nothing',
    'Salt & Sugar',
    'Thessaly',
    'Żagiel',
    'Kestrel',
  ],
  port: [
    'Wyre Sound',
    'Port Almond',
    'Kallholm',
    'São Benedito',
    'Easter Quay',
    'Nørrehavn',
    'Tirgu',
    'Little Bergen',
    'Cape Contrary',
    'Marrow Bay',
    'Ostrevik',
    'the Lesser Islands',
    'Pont-au-Sel',
    'Grey Ferry',
  ],
  master: [
    'Captain {name} in command',
    'under a new master, one {name}',
    'Captain {name}, eighty if she is a day',
    'master {name}',
  ],
  name: [
    'Abernethy',
    'Lindqvist',
    'Okonjo',
    'Vasquez',
    'Thorne',
    'Pellegrino',
    'Haddad',
    'Novák',
    'Mbeki-Ross',
    "O'Dowd",
    'Sato',
    'Brandt',
    'Çelik',
    'Fairweather',
    'Ljung',
    'Quill',
    'Rasmussen',
    'Tolliver',
  ],
  cargo: [
    '{lots} barrels of {goods}',
    'timber and {goods}',
    '{lots} bales of {goods} and a piano',
    'coal, {goods} and letters',
    'nothing but {goods}',
    '{goods} for the mill',
  ],
  goods: [
    'herring',
    'salt',
    'tar',
    'oranges',
    'wool',
    'lamp oil',
    'slate',
    'rye',
    'nutmeg',
    'glass',
    'hemp',
    'cork',
    'tea',
    'tallow',
  ],
  find: [
    'exactly that',
    'hats',
    'a sleeping cat',
    'very old newspapers',
    'two violins wrapped in flannel',
    'nothing at all',
  ],
  coin: ['silver', 'foreign coin', 'small copper', 'paper that nobody here will take', 'three kinds of coin'],
  month: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
};

const NUMBERS: Readonly<Record<string, (random: Random) => string>> = {
  pressure: (random) => `${28 + random.below(3)}.${random.below(10)}${random.below(10)}`,
  berth: (random) => String(1 + random.below(14)),
  days: (random) => String(2 + random.below(60)),
  lots: (random) => String(3 + random.below(240)),
  money: (random) => `${1 + random.below(900)} crowns`,
  depth: (random) => `${3 + random.below(3)}.${random.below(10)}`,
};

/** A linear congruential generator: good enough to choose phrases, and `Math.random` cannot be seeded. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    // The high bits are the random ones.
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** The whole text. */
export function harbourLog(): string {
  const random = new Random(SEED);
  const fill = (phrase: string): string =>
    phrase.replace(/\{(\w+)\}/g, (_, name: string) => NUMBERS[name]?.(random) ?? fill(random.pick(WORDS[name] ?? [])));
  const entry = (day: number): string => {
    const date = new Date(Date.UTC(1887, 2, 1 + day));
    const kinds: (keyof typeof PHRASES)[] = ['weather', 'arrival'];
    for (const kind of ['arrival', 'departure', 'departure', 'dealing', 'remark'] as const)
      if (random.below(3) > 0) kinds.push(kind);
    if (random.below(6) === 0) kinds.push('foreign');
    const heading = `${WORDS.month?.[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
    return `${heading}\n\n${wrap(kinds.map((kind) => fill(random.pick(PHRASES[kind]))).join(' '))}\n`;
  };
  return `THE HARBOUR LOG\n\n${Array.from({ length: DAYS }, (_, day) => entry(day)).join('\n')}`;
}

/** Lines of at most 78 characters, as a typist would have made them. */
function wrap(text: string): string {
  return text.replace(/(.{1,78})(?:\s|$)/gu, '$1\n').trimEnd();
}

if (import.meta.main) writeFileSync(new URL('harbour-log.txt', import.meta.url), harbourLog());
