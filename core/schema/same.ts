/**
 * `true` where two types are the same, whatever way they are written (intersections, `readonly`, aliases), else
 * `never`: `true satisfies Same<A, B>` compiles only while they are.
 */
export type Same<A, B> = Exactly<Plain<A>, Plain<B>> extends true ? true : never;

type Exactly<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T;
