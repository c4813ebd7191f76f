/** Server-sent events: the server tells which topic changed, the page asks anew. */
import { useEffect, useState } from "react";

const AGAIN_MS = 3_000;

/**
 * Listen to topics such as `campaign:5`, `cockpit`, `imports`. `onChange` gets the topic that changed.
 * Returns whether the connection stands. A lost connection is opened again by itself.
 */
export function useLive(topics: readonly string[], onChange: (topic: string) => void): boolean {
  const [isOpen, setOpen] = useState(false);
  const wanted = topics.join(",");
  useEffect(() => {
    if (!wanted) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      source = new EventSource(`/api/live?topics=${encodeURIComponent(wanted)}`);
      source.onopen = () => setOpen(true);
      source.onmessage = (event: MessageEvent<string>) => onChange((JSON.parse(event.data) as { topic: string }).topic);
      source.onerror = () => {
        setOpen(false);
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    return () => {
      source?.close();
      clearTimeout(timer);
    };
    // oxlint-disable-next-line react/exhaustive-deps -- a new callback must not open the connection anew
  }, [wanted]);
  return isOpen;
}
