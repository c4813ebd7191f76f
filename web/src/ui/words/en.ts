import { gather } from "./gather";

export const words = gather(import.meta.glob("../../**/en.json", { eager: true, import: "default" }));
