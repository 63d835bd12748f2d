/** What the example catalogue holds. Artists, songs and words were made up for it; none of them exist. */

export interface Artist {
  readonly id: string;
  readonly name: string;
  readonly country: string;
}
export interface Song {
  readonly id: string;
  readonly title: string;
  readonly artist: Artist;
  readonly album: { readonly id: string; readonly title: string; readonly year: number };
  readonly track: number;
  readonly genre: string;
  readonly durationMs: number;
}
export interface Playlist {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly songs: readonly Song[];
}

/** Artist, country, genre, album, year, then "Title m:ss" for each track. */
type AlbumRow = readonly [
  artist: string,
  country: string,
  genre: string,
  album: string,
  year: number,
  tracks: readonly string[],
];

const ALBUMS: readonly AlbumRow[] = [
  [
    'The Paper Lanterns',
    'IE',
    'folk',
    'Songs for a Slow Ferry',
    2011,
    [
      'The Last Boat Home 3:42',
      'Salt in the Sugar 2:58',
      'Kitchen Light 4:05',
      'Ferryman, Ferryman 3:17',
      'A Coat for the Scarecrow 2:44',
      'Low Tide 5:12',
      'The Letter I Kept 3:33',
      'Goodnight, Harbour 4:48',
    ],
  ],
  [
    'The Paper Lanterns',
    'IE',
    'folk',
    'Weather Permitting',
    2015,
    [
      'Barometer 3:08',
      'Umbrella Song 2:39',
      'Thunder in the Next Valley 4:21',
      'Sunday, Probably 3:55',
      'Hail Mary Lou 3:02',
      'Rainbow’s Other End 4:44',
    ],
  ],
  [
    'Nadia Okonkwo',
    'NG',
    'soul',
    'Gold Leaf',
    2018,
    [
      'Gold Leaf 3:51',
      'Slow Down, Lagos 4:12',
      'My Mother’s Radio 3:36',
      'Borrowed Sunday 4:03',
      'Say It in the Doorway 3:24',
      'Two Spoons 2:57',
      'Harmattan 5:01',
      'Leave the Light 3:45',
    ],
  ],
  [
    'Nadia Okonkwo',
    'NG',
    'soul',
    'Rooftop Season',
    2022,
    [
      'Rooftop Season 3:29',
      'Generator Blues 3:58',
      'Tangerine 3:11',
      'If You Were a Street 4:16',
      'Ask the Tailor 3:40',
      'Still Water, Loud City 5:22',
    ],
  ],
  [
    'Кедр',
    'RU',
    'post-rock',
    'Северный ветер',
    2016,
    ['Северный ветер 6:14', 'Полустанок 5:37', 'Снег идёт 7:02', 'Дорога к морю 8:19', 'Тишина 4:50'],
  ],
  [
    '月の庭',
    'JP',
    'ambient',
    '水の音',
    2019,
    ['夜明け前 5:28', '水の音 6:41', '紙の舟 4:37', '雨宿り 5:55', '蛍 3:49', '帰り道 7:13'],
  ],
  [
    'Los Relojes',
    'MX',
    'cumbia',
    'La Hora Exacta',
    2014,
    [
      'La Hora Exacta 3:22',
      'Mi Corazón es un Tranvía 3:47',
      'Cinco Minutos Más 2:59',
      'El Sastre de la Luna 4:08',
      'Año Bisiesto 3:31',
      'Mañana, Mañana 3:05',
      '¿Quién Apagó el Sol? 3:54',
    ],
  ],
  [
    'Grünfink',
    'DE',
    'electronic',
    'Straßenbahn',
    2017,
    [
      'Straßenbahn 4:32',
      'Über den Dächern 5:09',
      'Haltestelle 3:57',
      'Nachtfahrt 6:25',
      'Größenwahn 4:14',
      'Endstation 7:40',
    ],
  ],
  [
    'Grünfink',
    'DE',
    'electronic',
    'Kaltes Licht',
    2021,
    ['Kaltes Licht 5:18', 'Neon 4:01', 'Zwischenraum 6:33', 'Rückwärts 3:48', 'Morgengrauen 8:02'],
  ],
  [
    'Marguerite & the Post Office',
    'CA',
    'indie',
    'Return to Sender',
    2013,
    [
      'Stamp Collection 2:48',
      'Postcard from Nowhere 3:19',
      'Wrong Address 3:37',
      'Air Mail 2:31',
      'Dear Occupant 3:03',
      'Parcel 4:12',
      'The Dog and the Mailman 2:22',
      'Return to Sender, with Love 4:56',
    ],
  ],
  [
    'Marguerite & the Post Office',
    'CA',
    'indie',
    'Small Print',
    2020,
    [
      'Small Print 3:26',
      'Terms and Conditions 2:54',
      'Sign Here 3:13',
      'Asterisk* 3:44',
      'Void Where Prohibited 2:40',
      'The Fine Line 4:27',
    ],
  ],
  [
    'Tova Lindqvist',
    'SE',
    'jazz',
    'Blue Hour Trio',
    2009,
    [
      'Blue Hour 6:08',
      'Three Candles 5:33',
      'Waltz for a Bicycle 4:19',
      'Half-Asleep in Malmö 7:27',
      'November, Again 5:51',
      'The Cat Decides 3:58',
    ],
  ],
  [
    'Tova Lindqvist',
    'SE',
    'jazz',
    'Live at the Observatory',
    2016,
    [
      'Perihelion 9:14',
      'Three Candles (live) 7:46',
      'Dust and Ice 8:31',
      'Waltz for a Bicycle (live) 6:02',
      'Small Hours 10:05',
    ],
  ],
  [
    'The Understudies',
    'GB',
    'rock',
    'Curtain',
    2010,
    [
      'Break a Leg 2:47',
      'Second from the Left 3:09',
      'Prompt Corner 2:33',
      'House Lights 3:52',
      'The Matinee 3:28',
      'Nobody’s Hamlet 4:11',
      'Exit, Pursued 2:19',
      'Curtain 5:38',
    ],
  ],
  [
    'The Understudies',
    'GB',
    'rock',
    'Louder in the Wings',
    2014,
    [
      'Cue 2:25',
      'Louder in the Wings 3:34',
      'Trapdoor 2:50',
      'Ghost Light 4:29',
      'Stage Left 3:01',
      'Encore, Then 4:40',
    ],
  ],
  [
    'Αύρα',
    'GR',
    'pop',
    'Νησί',
    2021,
    ['Νησί 3:18', 'Καλοκαίρι στην πόλη 3:39', 'Μπλε 2:55', 'Ταξίδι 4:04', 'Αύριο 3:27'],
  ],
  [
    'Little Engines',
    'US',
    'children',
    'Everything That Rolls',
    2012,
    [
      'The Wheel Song 1:58',
      'Counting Trains 2:14',
      'Why Is the Bus Yellow? 2:07',
      'Tunnel, Tunnel, Bridge! 1:49',
      'My Grandmother’s Wheelbarrow 2:36',
      'Goodnight, Garage 3:01',
    ],
  ],
  [
    'Little Engines',
    'US',
    'children',
    'Everything That Floats',
    2017,
    [
      'Bath Captain 2:02',
      'Six Ducks 1:54',
      'The Boat Made of Paper 2:48',
      'Cork 1:37',
      'What the Whale Said 2:59',
      'Cloud Ship 2:33',
    ],
  ],
];

/** Words in the LRC format by title: times are optional, and a line may have several. */
const LYRICS: Readonly<Record<string, string>> = {
  'The Last Boat Home': `[ti:The Last Boat Home]
[ar:The Paper Lanterns]
[00:12.50]There's a bell on the water that rings for the late
[00:19.20]And a light on the jetty where somebody waits
[00:26.00][01:22.40]Oh, the last boat is leaving, the last boat is slow
[00:33.10][01:29.50]And I'd tell you I'm ready, but I'd rather you know
[00:48.75]My pockets are full of the stones from your shore
[00:55.30]I took one each summer, and I'd room for one more
[01:45.00]`,
  'Kitchen Light': `[00:08.00]You left the kitchen light on
[00:12.40]As if the house could read
[00:16.90]A kettle and a wooden spoon
[00:21.30]Are all the clocks we need`,
  'My Mother’s Radio': `[00:05.10]Between two stations, in the static and the snow
[00:11.60]There was a song that only my mother seemed to know
[00:18.00]She hummed it to the onions, she hummed it to the rain
[00:24.40]I have turned every dial and not heard it again`,
  Straßenbahn: `[00:15.00]Nächster Halt: die müde Stadt
[00:22.50]Fensterlicht auf nassem Blatt
[00:30.00]Linie vier fährt bis zum Meer
[00:37.50]Sagt der Fahrer. Lang ist's her.`,
  紙の舟: `[00:20.00]紙の舟を川に浮かべて
[00:32.00]名前を書かずに見送った
[00:44.00]どこへ着いても いいように`,
  'Mi Corazón es un Tranvía': `[00:10.00]Mi corazón es un tranvía
[00:13.50]que no respeta la señal
[00:17.00]se para en cada esquina tuya
[00:20.50]y nunca llega a la central`,
  'Six Ducks': `Six ducks sat on the garden wall,
One said, "Quack!" and that was all.
Five ducks sat on the garden gate,
One said, "Is it ten past eight?"`,
  Curtain: `[00:31.00]Take the bow you didn't learn
[00:35.20]Fold the roses, let them burn
[00:39.50]There's a draught beneath the door
[00:43.80]Nobody is clapping any more 👏`,
};

type PlaylistRow = readonly [
  id: string,
  name: string,
  description: string,
  owner: string,
  has: (song: Song) => boolean,
];

const MINUTE_MS = 60_000;
const PLAYLISTS: readonly PlaylistRow[] = [
  [
    'harbour-evenings',
    'Harbour Evenings',
    'Boats, lights, low tides.',
    'ines',
    ({ title }) => /boat|tide|harbour|ferry|water|море|舟|水/iu.test(title),
  ],
  [
    'long-way-home',
    'The Long Way Home',
    'Nothing under six minutes.',
    'tobias',
    ({ durationMs }) => durationMs >= 6 * MINUTE_MS,
  ],
  [
    'short-and-sweet',
    'Short & Sweet',
    'Under two and a half minutes each.',
    'ines',
    ({ durationMs }) => durationMs < 2.5 * MINUTE_MS,
  ],
  [
    'world-radio',
    'World Radio 🌍',
    'Songs that are not in English.',
    'amadou',
    ({ artist }) => ['RU', 'JP', 'MX', 'DE', 'GR'].includes(artist.country),
  ],
  ['late-jazz', 'Late Jazz', 'For when the washing-up is done.', 'tobias', ({ genre }) => genre === 'jazz'],
  ['everything', 'Everything', 'All songs of the catalogue.', 'catalogue', () => true],
  ['empty', 'Nothing Yet', 'A playlist that was only just made.', 'amadou', () => false],
];

const artists = new Map<string, Artist>();
const songs: Song[] = [];
for (const [albumIndex, [artistName, country, genre, title, year, tracks]] of ALBUMS.entries()) {
  const artist = artists.get(artistName) ?? { id: `artist-${artists.size + 1}`, name: artistName, country };
  artists.set(artistName, artist);
  const album = { id: `album-${albumIndex + 1}`, title, year };
  for (const [trackIndex, row] of tracks.entries()) {
    const [, name = '', minutes, seconds] = /^(.*) (\d+):(\d\d)$/.exec(row) ?? [];
    const durationMs = Number(minutes) * MINUTE_MS + Number(seconds) * 1_000;
    songs.push({
      id: `song-${songs.length + 1}`,
      title: name,
      artist,
      album,
      track: trackIndex + 1,
      genre,
      durationMs,
    });
  }
}

export const ARTISTS: readonly Artist[] = [...artists.values()];
export const SONGS: readonly Song[] = songs;
export const PLAYLIST_LIST: readonly Playlist[] = PLAYLISTS.map(([id, name, description, owner, has]) => ({
  id,
  name,
  description,
  owner,
  songs: songs.filter(has),
}));

/** The words of a song in the LRC format; undefined if the catalogue has none. */
export function lyricsOf({ title }: Song): string | undefined {
  return Object.hasOwn(LYRICS, title) ? LYRICS[title] : undefined;
}
