/** A refused word. When somebody else was quicker: who, what and when; nothing is overwritten in silence. */
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { ErrorNote } from "@/ui/States";

interface Change {
  actor: string;
  at: string;
  after: Record<string, unknown> | null;
}

function changesOf(error: unknown): Change[] | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  return (error.body as { changes?: Change[] }).changes;
}

/** The version that the record has now, where the refusal tells it. */
export function versionNow(error: unknown): number | undefined {
  return error instanceof ApiError ? (error.body as { current_version?: number }).current_version : undefined;
}

/** "user:3 ann@x.org" -> "ann@x.org". */
export function actorName(actor: string): string {
  return actor.replace(/^(user|api-key):\d+ /, "");
}

export function Refusal({ error, onLook }: { error: unknown; onLook: () => void }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const changes = changesOf(error);
  if (!error) return null;
  if (!changes) return <ErrorNote error={error} />;
  return (
    <Alert
      type="warning"
      showIcon
      title={t("conflict.title")}
      description={
        <>
          <ul className="tell-advice">
            {changes.map((change) => (
              <li key={`${change.actor} ${change.at}`}>
                {t("conflict.change", { who: actorName(change.actor), what: partsOf(change.after).map((part) => t(`part.${part}`)).join(", "), when: f.when(change.at, now()) })}
                {/* keys: part.* */}
              </li>
            ))}
          </ul>
          <p>{t("conflict.nothing")}</p>
          <Button size="small" onClick={onLook}>
            {t("conflict.look")}
          </Button>
        </>
      }
    />
  );
}

function partsOf(after: Record<string, unknown> | null): string[] {
  const named = Object.keys(after ?? {}).filter((name) => name !== "version" && name !== "state");
  return named.length > 0 ? named : ["state"];
}
