(** The outcomes that runs have shown: each once, with how often, and the seed
    of the first run that showed it. *)

type one = { outcome : Journal.outcome; seed : int; mutable count : int }
type t = one list ref

let create () : t = ref []

let add seen ~seed outcome =
  match List.find_opt (fun one -> one.outcome = outcome) !seen with
  | Some one -> one.count <- one.count + 1
  | None -> seen := { outcome; seed; count = 1 } :: !seen

let json seen : Yojson.Safe.t =
  let one { outcome = { told; waiting }; seed; count } : Yojson.Safe.t =
    let waits (name, number) = (name, `Int number) in
    `Assoc
      [ ("outcome", told);
        ("waiting", `Assoc (List.map waits waiting));
        ("count", `Int count);
        ("seed", `Int seed) ]
  in
  `List (List.rev_map one !seen)
