import "./brand.css";

/** The product's name and mark. */
export function Brand() {
  return (
    <span className="brand">
      <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="22" height="22" />
      <span translate="no">{"Setpoint"}</span>
    </span>
  );
}
