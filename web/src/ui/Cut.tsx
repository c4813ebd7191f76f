/** A cell's text on one line, cut where it is too long; whole on hover. */
export function Cut({ text, width }: { text: string; width: number }) {
  return (
    <span className="cut" style={{ maxWidth: width }} title={text}>
      {text}
    </span>
  );
}
