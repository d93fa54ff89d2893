(* What is missing is OCaml 5, or there only the library. *)
let reason =
  if String.sub Sys.ocaml_version 0 2 = "4." then
    Printf.sprintf "OCaml %s has no domains; OCaml 5 has" Sys.ocaml_version
  else "Domainslib is not installed: opam install domainslib"

let available = Error reason
let missing _ = failwith reason

type 'a t = unit

let spawn = missing
let join = missing
let join_all = missing
let spawn_all = missing

module Chan = struct
  type 'a t = unit

  let make_unbounded = missing
  let make_bounded = missing
  let send () = missing
  let send_poll () = missing
  let recv = missing
  let recv_poll = missing
end
