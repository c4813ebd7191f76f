/** Somebody saved a newer version meanwhile: who, what, and what to do with one's own words. Nothing is overwritten silently. */
import { Alert, Button, Space } from "antd";
import { useTranslation } from "react-i18next";
import { ApiError, type ErrorBody } from "@/api/client";
import { useFormats } from "./formats";

interface Change {
  actor: string;
  at: string;
  after: Record<string, unknown>;
}

interface StaleBody extends ErrorBody {
  current_version: number;
  changes: Change[];
}

/** What the server tells of a version that was replaced; undefined for every other error. */
export function staleOf(error: unknown): StaleBody | undefined {
  return error instanceof ApiError && error.status === 409 && "current_version" in error.body ? (error.body as StaleBody) : undefined;
}

interface Props {
  stale: StaleBody;
  /** Load the current version, giving up one's own words. */
  onTheirs: () => void;
  /** Save one's own words on top of the current version. */
  onMine: (version: number) => void;
}

export function StaleNote({ stale, onTheirs, onMine }: Props) {
  const { t } = useTranslation("ui");
  const formats = useFormats();
  return (
    <Alert
      type="warning"
      showIcon
      title={stale.message}
      description={
        <>
          <ul className="stale-changes">
            {stale.changes.map((change) => (
              <li key={change.at}>
                <time dateTime={change.at}>{formats.moment(change.at)}</time> {t("stale.changed", { who: change.actor, fields: fieldsOf(change) })}
              </li>
            ))}
          </ul>
          <Space wrap>
            <Button size="small" onClick={onTheirs}>
              {t("stale.theirs")}
            </Button>
            <Button size="small" type="primary" onClick={() => onMine(stale.current_version)}>
              {t("stale.mine")}
            </Button>
          </Space>
        </>
      }
    />
  );
}

function fieldsOf(change: Change): string {
  const listed = change.after["changed"];
  const names = Array.isArray(listed) ? listed.map(String) : Object.keys(change.after);
  return names.filter((name) => name !== "version").join(", ");
}
