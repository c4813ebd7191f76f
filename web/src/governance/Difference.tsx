/** One entry of the audit trail, with its values before and after side by side. */
import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { useAuditWords } from "./auditWords";

type Entry = components["schemas"]["AuditEntryOut"];

export function Difference({ entry, onClose }: { entry: Entry | undefined; onClose: () => void }) {
  const { t } = useTranslation("governance");
  const words = useAuditWords();
  return (
    <Drawer open={entry !== undefined} onClose={onClose} size={620} title={entry && t("audit.sentence", { verb: words.verb(entry.verb), subject: words.subject(entry.subject) })}>
      {entry && <Body entry={entry} />}
    </Drawer>
  );
}

function Body({ entry }: { entry: Entry }) {
  const { t } = useTranslation("governance");
  const { moment } = useFormats();
  return (
    <>
      <dl className="facts">
        <dt>{t("audit.actor")}</dt>
        <dd>{entry.actor}</dd>
        <dt>{t("audit.at")}</dt>
        <dd>{moment(entry.at)}</dd>
        <dt>{t("audit.origin")}</dt>
        <dd>{entry.origin || t("audit.who.system")}</dd>
      </dl>
      <Values before={entry.before} after={entry.after} />
    </>
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  return typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : { "": value };
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

function Values({ before, after }: { before: unknown; after: unknown }) {
  const { t } = useTranslation("governance");
  const [old, fresh] = [asRecord(before), asRecord(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  if (names.length === 0) return <p className="soft">{t("audit.noValues")}</p>;
  return (
    <table className="difference">
      <thead>
        <tr>
          <th scope="col">{t("audit.field")}</th>
          <th scope="col">{t("audit.before")}</th>
          <th scope="col">{t("audit.after")}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{name in old && <del>{shown(old[name])}</del>}</td>
            <td>{name in fresh && <ins>{shown(fresh[name])}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
