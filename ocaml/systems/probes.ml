let all : (string * (unit -> (string * Yojson.Safe.t) list)) list = []
