/** What every page needs to know of the company: its money and its clock. */
import { createContext, useContext } from "react";

export interface CompanyFrame {
  name: string;
  currency: string;
  timezone: string;
  /** The product's time: that of the machine, or simulated time. Asked when a page says "3 days ago". */
  now: () => Date;
}

export const CompanyContext = createContext<CompanyFrame>({ name: "", currency: "EUR", timezone: "UTC", now: () => new Date() });

export function useCompany(): CompanyFrame {
  return useContext(CompanyContext);
}
