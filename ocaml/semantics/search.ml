open Semantics

module Outcome_set = Set.Make (struct
  type t = outcome

  let compare = compare
end)

module By_hash = Map.Make (Int)

exception Too_many of int

(* Every state that can be reached is looked at once. *)
let outcomes ~limit d time program =
  let rec search count seen found = function
    | [] -> (found, count)
    | s :: rest -> (
        let key = hash s in
        let like = Option.value ~default:[] (By_hash.find_opt key seen) in
        if List.exists (fun other -> compare other s = 0) like then
          search count seen found rest
        else if count = limit then raise (Too_many limit)
        else
          let seen = By_hash.add key (s :: like) seen and count = count + 1 in
          match steps d time s with
          | [] -> search count seen (Outcome_set.add (outcome s) found) rest
          | next ->
              let add rest (_, s) = s :: rest in
              search count seen found (List.fold_left add rest next))
  in
  search 0 By_hash.empty Outcome_set.empty [ initial program ]
