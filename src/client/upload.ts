/** Drop or choose bundles: each is a request of its own, so that one refused costs no other, with its own bar. */

/** Uploads at once; the others wait. Browsers open six connections to a server, and one is the news. */
const AT_ONCE = 3;

export function uploads(): void {
  const form = document.querySelector<HTMLFormElement>('form.drop');
  const list = document.getElementById('uploads');
  const input = form?.querySelector<HTMLInputElement>('input[type=file]');
  if (form == null || list === null || input == null) return;
  const most = Number(form.dataset['max']);
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  const next = (): void => {
    while (running < AT_ONCE) {
      const job = waiting.shift();
      if (job === undefined) return;
      running++;
      void job().finally(() => {
        running--;
        next();
      });
    }
  };
  const take = (files: Iterable<File>): void => {
    for (const file of files) {
      const row = new Row(list, file);
      if (file.size > most) row.fail('It is larger than this server takes.');
      else waiting.push(() => row.send());
    }
    next();
  };

  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
    input.value = '';
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    take([...(input.files ?? [])]);
    input.value = '';
  });
  dropOn(document.documentElement, form, take);
}

/** The whole window takes a drop: a file that misses the field would replace the page. */
function dropOn(window: HTMLElement, form: HTMLElement, take: (files: Iterable<File>) => void): void {
  const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  window.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    form.classList.add('over');
  });
  window.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) form.classList.remove('over');
  });
  window.addEventListener('drop', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    form.classList.remove('over');
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** One upload in the list. Text is only ever set as text. */
class Row {
  readonly #item = document.createElement('li');
  readonly #state = document.createElement('span');
  readonly #bar = document.createElement('progress');

  constructor(
    list: HTMLElement,
    private readonly file: File,
  ) {
    const line = document.createElement('div');
    line.className = 'line';
    const name = document.createElement('bdi');
    name.className = 'name';
    name.textContent = file.name;
    this.#state.textContent = 'Waiting to be sent';
    this.#bar.max = 1;
    this.#bar.value = 0;
    this.#bar.setAttribute('aria-label', `Upload of ${file.name}`);
    line.append(name, this.#state);
    this.#item.append(line, this.#bar);
    list.append(this.#item);
    list.hidden = false;
  }

  fail(why: string): void {
    this.#state.textContent = why;
    this.#state.className = 'failed';
    this.#bar.remove();
    announce(`${this.file.name}: ${why}`);
  }

  /** Never rejects. */
  send(): Promise<void> {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.append('bundle', this.file, this.file.name);
      request.open('POST', '/api/analyses');
      request.responseType = 'json';
      request.upload.addEventListener('progress', ({ loaded, total }) => {
        this.#bar.value = total === 0 ? 0 : loaded / total;
        this.#state.textContent = loaded < total ? `Sending, ${Math.floor((100 * loaded) / total)} %` : 'Sent';
      });
      request.addEventListener('load', () => {
        if (request.status === 202) this.#sent();
        else if (request.status === 401) location.reload();
        else
          this.fail((request.response as { error?: string } | null)?.error ?? `The server answered ${request.status}.`);
      });
      request.addEventListener('error', () => this.fail('The connection broke. Is the server running?'));
      request.addEventListener('loadend', () => resolve());
      request.send(body);
    });
  }

  #sent(): void {
    const list = this.#item.parentElement;
    this.#item.remove();
    if (list?.childElementCount === 0) list.hidden = true;
    announce(`${this.file.name} was sent and waits for its analysis.`);
    document.dispatchEvent(new Event('podtrail:uploaded'));
  }
}

/** For those who hear the page. */
function announce(text: string): void {
  const place = document.getElementById('announce');
  if (place !== null) place.textContent = text;
}
