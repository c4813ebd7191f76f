import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";

/** How far the first steps are, at the foot of the navigation until all are done. */
export function StartProgress({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation("site");
  const { data } = api.useQuery("get", "/api/setup", {}, { staleTime: 30_000 });
  if (!data || data.done === data.total) return null;
  return (
    <Link to="/start" className="start-progress" onClick={onGo}>
      <span>{t("start.progress", { done: data.done, total: data.total })}</span>
      <progress value={data.done} max={data.total} aria-hidden />
    </Link>
  );
}
