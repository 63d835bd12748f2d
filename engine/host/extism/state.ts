/** What functions of the module `extism:host/env` keep for one instance. */
import type { CallAccount } from '../account.ts';
import { Blocks } from './blocks.ts';
import { Variables } from './variables.ts';

export class ExtismState {
  readonly blocks: Blocks;
  variables = new Variables();
  /** Of the answer that came last in this call. */
  httpStatus = 0;
  httpHeaders: string | undefined;

  constructor(account: CallAccount) {
    this.blocks = new Blocks(account);
  }

  endCall(): void {
    this.httpStatus = 0;
    this.httpHeaders = undefined;
  }
}
