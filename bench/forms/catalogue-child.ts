/** The catalogue in a process of its own, so that its work is nobody's. Its origin goes to the parent; it ends with its parent. */
import { startCatalogue } from '../../examples/catalogue/server.ts';
import { LONG_LYRICS_LINES } from './subjects.ts';

const LONG_LYRICS = JSON.stringify({
  id: 'long',
  lrc: Array.from({ length: LONG_LYRICS_LINES }, (_, i) => {
    const seconds = (LONG_LYRICS_LINES - i) / 4;
    const minutes = String(Math.floor(seconds / 60)).padStart(2, '0');
    return `[${minutes}:${(seconds % 60).toFixed(2).padStart(5, '0')}] Line ${i} of a song that does not end`;
  }).join('\n'),
});

const catalogue = await startCatalogue({
  intercept(path, response) {
    if (path !== '/songs/long/lyrics') return undefined;
    response.setHeader('content-type', 'application/json');
    response.end(LONG_LYRICS);
    return true;
  },
});
process.send?.(catalogue.origin);
process.on('disconnect', () => process.exit(0));
