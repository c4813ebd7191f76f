/** HTML as a mail program shows it, in a page of ours without origin, cookies or rights (src/setpoint/content/frame.py). */
import { useEffect, useRef, useState } from "react";

interface Props {
  html: string;
  title: string;
  /** Width of the mail in pixels; the frame is as high as the mail. */
  width?: number | undefined;
  /** Shrink the whole, for thumbnails. */
  scale?: number;
}

const LOWEST = 120;
const THUMB_PX = 900;

export function MailFrame({ html, title, width, scale = 1 }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(320);
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    const hear = (message: MessageEvent<{ ready?: boolean; height?: number }>) => {
      if (message.source !== frame.current?.contentWindow) return;
      if (message.data.ready) setReady(true);
      if (typeof message.data.height === "number") setHeight(Math.max(LOWEST, message.data.height));
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, []);
  useEffect(() => {
    if (isReady) frame.current?.contentWindow?.postMessage({ html }, "*");
  }, [html, isReady]);
  const isThumb = scale !== 1;
  return (
    <iframe
      ref={frame}
      className="mail-frame"
      src="/content/frame"
      sandbox="allow-scripts"
      title={title}
      tabIndex={isThumb ? -1 : 0}
      aria-hidden={isThumb}
      style={{ width: width ?? "100%", height: isThumb ? THUMB_PX : height, ...(isThumb && { transform: `scale(${scale})`, transformOrigin: "0 0", pointerEvents: "none" }) }}
    />
  );
}
