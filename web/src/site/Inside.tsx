/** The gate before all pages for people who are signed in: who is it, whose company, which language and look. */
import { useEffect, useMemo, type ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { api, ApiError } from "@/api/client";
import { CompanyContext, type CompanyFrame } from "@/ui/company";
import { isLanguage, speak } from "@/ui/i18n";
import { MeContext, type Me } from "@/ui/me";
import { useScheme } from "@/ui/scheme";
import { ErrorNote, Loading } from "@/ui/States";

const SIMULATED_MS = 3_000;
const USUAL_MS = 60_000;

/** Takes over what the person chose elsewhere: language and look travel with the account. */
function useOwnChoices(me: Me | undefined): void {
  const { choice, choose } = useScheme();
  const language = me?.language;
  const theme = me?.theme;
  useEffect(() => {
    if (isLanguage(language) && language !== document.documentElement.lang) void speak(language);
  }, [language]);
  useEffect(() => {
    if (theme && theme !== choice) choose(theme);
    // oxlint-disable-next-line react/exhaustive-deps -- only what the server says is taken over, not one's own change
  }, [theme]);
}

function frameOf(me: Me): CompanyFrame {
  const then = new Date(me.now).getTime();
  const asked = Date.now();
  const now = () => new Date(me.simulated ? then : then + Date.now() - asked);
  return { name: me.company.name, currency: me.company.currency, timezone: me.timezone || me.company.timezone, now };
}

export function Inside({ children }: { children: ReactNode }) {
  const place = useLocation();
  const asked = api.useQuery("get", "/api/me", {}, { refetchInterval: (query) => (query.state.data?.simulated ? SIMULATED_MS : USUAL_MS) });
  const me = asked.data;
  useOwnChoices(me);
  const frame = useMemo(() => (me ? frameOf(me) : undefined), [me]);
  if (me && frame)
    return (
      <MeContext value={me}>
        <CompanyContext value={frame}>{children}</CompanyContext>
      </MeContext>
    );
  if (asked.error instanceof ApiError && asked.error.status === 401)
    return <Navigate to={`/sign-in?next=${encodeURIComponent(place.pathname + place.search)}`} replace />;
  if (asked.error) return <ErrorNote error={asked.error} onRetry={() => void asked.refetch()} />;
  return <Loading rows={8} />;
}
