/** The nonce for styles that the pages add while running; the content security policy refuses all others. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;

/**
 * Give every style element our nonce when it is made. Ant Design passes it on for its own styles, but the lock that
 * keeps the page from scrolling under a dialog adds one without (@rc-component/portal, useScrollLocker).
 */
export function lendNonce(): void {
  if (!nonce) return;
  const create = document.createElement.bind(document) as (name: string, options?: ElementCreationOptions) => HTMLElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const made = create(name, options);
    if (made instanceof HTMLStyleElement) made.nonce = nonce;
    return made;
  }) as typeof document.createElement;
}
