/** Said in every form of a report whose addresses and names were replaced. */
export const REDACTED =
  'Addresses and names in this report stand for others; subnets, kinds and roles are kept, and one name always stands for the same.';
