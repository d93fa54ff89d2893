(** What a probe finds. *)

type t = string * Yojson.Safe.t

let int name n : t = (name, `Int n)
let bool name b : t = (name, `Bool b)
let text name s : t = (name, `String s)
let ints name l : t = (name, `List (List.map (fun n -> `Int n) l))
let texts name l : t = (name, `List (List.map (fun s -> `String s) l))

(** The exception that [f ()] raises, or [returns]. *)
let raised f =
  match f () with _ -> "returns" | exception e -> Printexc.to_string e
