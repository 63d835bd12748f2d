/** The side of the commands: asks a running `ringfence start`. */
import { connect } from 'node:net';
import { RingfenceError } from '../../errors.ts';
import { readLine } from './line.ts';
import { type ControlAnswer, type ControlAnswers, type ControlRequest, MOST_ANSWER_BYTES } from './messages.ts';
import { socketPath } from './socket-path.ts';

/** @throws UNAVAILABLE where nobody runs the file; whatever the manager throws */
export async function ask<Ask extends ControlRequest['ask']>(
  file: string,
  request: ControlRequest & { readonly ask: Ask },
): Promise<ControlAnswers[Ask]> {
  const socket = connect(socketPath(file));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', () =>
      reject(
        new RingfenceError('UNAVAILABLE', `Nobody runs ${file}: start it with \`ringfence start ${file}\``, {
          stage: 'options',
          details: { file },
        }),
      ),
    );
  });
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    const answer = JSON.parse(await readLine(socket, MOST_ANSWER_BYTES)) as ControlAnswer;
    if (!answer.ok) throw RingfenceError.fromJSON(answer.error);
    return answer.value as ControlAnswers[Ask];
  } finally {
    socket.destroy();
  }
}
