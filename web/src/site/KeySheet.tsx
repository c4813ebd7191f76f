/** `?`: every key on one sheet. */
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { PLACES } from "./places";
import "./key-sheet.css";

function Keys({ keys }: { keys: string }) {
  return (
    <>
      {keys.split(" ").map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </>
  );
}

export default function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("site");
  const isMac = navigator.userAgent.includes("Mac");
  const everywhere: [string, string][] = [
    [isMac ? "⌘ K" : "Ctrl K", t("keys.menu")],
    ["/", t("keys.search")],
    ["n", t("begin.campaign")],
    ["?", t("keys.sheet")],
    ["Esc", t("keys.leave")],
  ];
  const table: [string, string][] = [
    ["j k", t("keys.rows")],
    ["x", t("keys.select")],
    ["Enter", t("keys.open")],
  ];
  const places: [string, string][] = PLACES.flatMap((place) => (place.key ? [[`g ${place.key}`, t(`nav.${place.name}`)] as [string, string]] : []));
  return (
    <Modal open onCancel={onClose} footer={null} title={t("keys.title")} width={640}>
      <div className="key-sheet">
        {[
          { head: t("keys.everywhere"), rows: everywhere },
          { head: t("keys.table"), rows: table },
          { head: t("keys.go"), rows: places },
        ].map(({ head, rows }) => (
          <section key={head}>
            <h3>{head}</h3>
            <dl>
              {rows.map(([keys, label]) => (
                <div key={keys}>
                  <dt>
                    <Keys keys={keys} />
                  </dt>
                  <dd>{label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
