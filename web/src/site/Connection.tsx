/** A lost connection, said calmly: nothing is lost, the page asks again by itself, and says when all is well again. */
import { CheckCircleOutlined, DisconnectOutlined } from "@ant-design/icons";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onApiError, queries } from "@/api/client";

const PROBE_MS = 2_500;
const WELL_MS = 4_000;

async function isReachable(): Promise<boolean> {
  try {
    return (await fetch("/health", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** "lost" from the first request that could not be sent until the server answers; "well" for a moment after that. */
export function useConnection(): "fine" | "lost" | "well" {
  const [state, setState] = useState<"fine" | "lost" | "well">("fine");
  useEffect(() => {
    const lose = () => setState("lost");
    const stop = onApiError((error) => error.status === 0 && lose());
    window.addEventListener("offline", lose);
    return () => {
      stop();
      window.removeEventListener("offline", lose);
    };
  }, []);
  useEffect(() => {
    if (state === "fine") return;
    if (state === "well") {
      const timer = setTimeout(() => setState("fine"), WELL_MS);
      return () => clearTimeout(timer);
    }
    const timer = setInterval(() => {
      void isReachable().then((well) => {
        if (!well) return;
        setState("well");
        void queries.invalidateQueries();
      });
    }, PROBE_MS);
    return () => clearInterval(timer);
  }, [state]);
  return state;
}

export function Connection() {
  const { t } = useTranslation("site");
  const state = useConnection();
  return (
    <div role="status" aria-live="polite" className="connection-place">
      {state !== "fine" && (
        <div className={`connection connection-${state}`}>
          {state === "lost" ? <DisconnectOutlined aria-hidden /> : <CheckCircleOutlined aria-hidden />}
          <span>{state === "lost" ? t("connection.lost") : t("connection.well")}</span>
        </div>
      )}
    </div>
  );
}
