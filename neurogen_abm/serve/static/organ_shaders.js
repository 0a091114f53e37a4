// The shaders of the organ: cells and lines in space, and the copy of what stands still, in GLSL ES 3.00.

const HEAD = `#version 300 es
precision highp float;
precision highp int;
`;

const LENS = `
uniform vec4 u_turn;         // cosine and sine of yaw, of pitch
uniform vec4 u_lens;         // pixels per um, distance of the eye (radii), radius of the organ (um), side of a point (pixels)
uniform vec2 u_size;         // pixels

vec4 seen(vec3 p, out float near) {
  float back = u_turn.y * p.x + u_turn.x * p.y;
  float depth = u_turn.z * back - u_turn.w * p.z;
  near = u_lens.x * u_lens.y / (u_lens.y + depth / u_lens.z);
  vec2 pixel = near * vec2(u_turn.x * p.x - u_turn.y * p.y, u_turn.w * back + u_turn.z * p.z);
  return vec4(2.0 * pixel / u_size, clamp(0.6 * depth / u_lens.z, -1.0, 1.0), 1.0);
}
`;

// Cells: points in their places; a haze where they last, else small lit spheres.
export const SOMA_VERTEX = `${HEAD}${LENS}
layout(location = 0) in uvec3 a_cell;   // column; kind, value; place within the site
uniform sampler2D u_table;   // places of the border of the hilus, and directions outwards in every other row
uniform vec4 u_sheet;        // where the tissue begins on the sheet along and across, length and width of the sheet, um
uniform int u_nu;
uniform float u_pitch;
uniform int u_by;            // 0 the state chooses the colour, 1 the value, 2 one colour for all
uniform vec4 u_flat;
uniform sampler2D u_colours;
uniform float u_radius[16];  // shares of the largest
uniform vec3 u_page;
uniform int u_haze;
flat out vec4 v_colour;
flat out int v_id;
flat out float v_px;

vec3 entry(int level, int step, int part) { return texelFetch(u_table, ivec2(step, 2 * level + part), 0).xyz; }

void main() {
  int kind = int(a_cell.y & 255u), code = kind & 15;
  vec3 part = (vec3(uvec3(a_cell.z, a_cell.z >> 8, a_cell.z >> 16) & 255u) + 0.5) / 256.0;
  vec3 site = (vec3(float(int(a_cell.x) % u_nu), float(int(a_cell.x) / u_nu), float(kind >> 4)) + part) * u_pitch;
  ivec2 net = ivec2(textureSize(u_table, 0).x, textureSize(u_table, 0).y / 2);
  vec2 at = clamp((site.xy + u_sheet.xy) / u_sheet.zw, 0.0, 1.0) * vec2(net.yx - 1);
  ivec2 low = min(ivec2(at), net.yx - 2);
  vec2 t = at - vec2(low);
  vec3 base[2];
  for (int k = 0; k < 2; k += 1)
    base[k] = mix(mix(entry(low.x, low.y, k), entry(low.x, low.y + 1, k), t.y), mix(entry(low.x + 1, low.y, k), entry(low.x + 1, low.y + 1, k), t.y), t.x);
  float near;
  gl_Position = seen(base[0] + site.z * base[1], near);
  float front = 0.5 - 0.5 * gl_Position.z / 0.6;      // 1 at the front of the organ, 0 at its back
  v_colour = u_by == 2 ? u_flat : vec4(texelFetch(u_colours, ivec2(u_by == 0 ? code : int((a_cell.y >> 8) & 255u), 0), 0).rgb, u_flat.a);
  float size = u_lens.w;
  if (u_haze == 0) {
    size = max(u_lens.w * u_radius[code] * (0.75 + 0.5 * front), 1.9 * 0.42 * u_pitch * near);
    v_colour = vec4(mix(u_page, v_colour.rgb, 0.28 + 0.72 * clamp(front, 0.0, 1.0)), 1.0);
  } else v_colour.a *= 0.5 + front;
  gl_PointSize = size;
  v_px = size;
  v_id = gl_VertexID + 1;
}`;

export const SOMA_FRAGMENT = `${HEAD}
uniform int u_haze;
uniform int u_ids;
flat in vec4 v_colour;
flat in int v_id;
flat in float v_px;
out vec4 o_colour;
void main() {
  vec2 at = 2.0 * gl_PointCoord - 1.0;
  float far = dot(at, at);
  if (far > 1.0 && v_px > 1.5) discard;
  if (u_ids == 1) {
    o_colour = vec4(float(v_id & 255), float((v_id >> 8) & 255), float((v_id >> 16) & 255), 255.0) / 255.0;
    return;
  }
  float lit = u_haze == 1 || v_px < 2.0 ? 1.0 : 0.62 + 0.5 * sqrt(max(0.0, 1.0 - far)) - 0.14 * (at.x + at.y);
  o_colour = vec4(v_colour.rgb * lit, v_colour.a);
}`;

export const LINE_VERTEX = `${HEAD}${LENS}
layout(location = 0) in vec3 a_place;
uniform int u_copy;
void main() {
  float near;
  gl_Position = u_copy == 1 ? vec4(a_place.xy, 0.0, 1.0) : seen(a_place, near);
}`;

export const LINE_FRAGMENT = `${HEAD}
uniform int u_copy;
uniform sampler2D u_still;
uniform vec4 u_flat;
out vec4 o_colour;
void main() { o_colour = u_copy == 1 ? texelFetch(u_still, ivec2(gl_FragCoord.xy), 0) : u_flat; }`;
