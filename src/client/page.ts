/** What the pages of `podtrail serve` do beyond forms and links. Everything works without it. */
import { confirmDeletes } from './confirm-delete.js';
import { follow } from './live.js';
import { uploads } from './upload.js';

document.documentElement.classList.add('scripted');
uploads();
follow();
confirmDeletes();
