/** The signed-in person: who they are and what they may do. */
import { createContext, useContext } from "react";
import type { components } from "@/api/schema";

export type Me = components["schemas"]["MeOut"];

export const MeContext = createContext<Me | undefined>(undefined);

/** The signed-in person. Every page inside the shell has one. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe() outside the shell");
  return me;
}

/** May the person do this? `useMay("campaigns:write")`. Hide or explain what they may not; the server refuses it anyway. */
export function useMay(scope: string): boolean {
  return useContext(MeContext)?.scopes.includes(scope) ?? false;
}
