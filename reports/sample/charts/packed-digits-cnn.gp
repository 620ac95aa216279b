# Packed file: digits-cnn
# Run in this folder: gnuplot packed-digits-cnn.gp
set encoding utf8
bars = 'packed-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,526 font 'DejaVu Sans,12' background '#ffffff'
set output 'packed-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1052 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'packed-digits-cnn.png'
}
reset
set lmargin at screen 0.14067; set rmargin at screen 0.97333; set bmargin at screen 0.1711; set tmargin at screen 0.85551
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Packed file: digits-cnn' at screen 0.01778, screen 0.95817 left front font ',15' textcolor rgb '#000000'
set label 'each weight stored in its form, decoded again and compared before its bytes count' at screen 0.01778, screen 0.91635 left front font ',11' textcolor rgb '#555555'
set xrange [0:248.05826128527553] noextend
set xtics (0.0, 50.0, 100.0, 150.0, 200.0)
set yrange [-11.5:0.5] noextend
set ytics ('baseline' 0, 'dynamic-int8' -1, 'int8' -2, 'float16' -3, 'pruned-80' -4, 'pruned-80-tuned' -5, 'half-width' -6, 'compressed' -7, 'hashed-8' -8, 'small' -9, 'student' -10, 'half-width-int8' -11) scale 0
set grid noytics
set xlabel 'packed file, kB'
set label '228 kB' at screen 0.91542, screen 0.827 left front font ',11' textcolor rgb '#555555'
set label '226 kB' at screen 0.90781, screen 0.76996 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.36639, screen 0.71293 left front font ',11' textcolor rgb '#555555'
set label '115 kB' at screen 0.53422, screen 0.65589 left front font ',11' textcolor rgb '#555555'
set label '54.7 kB' at screen 0.33207, screen 0.59886 left front font ',11' textcolor rgb '#555555'
set label '54.7 kB' at screen 0.33207, screen 0.54183 left front font ',11' textcolor rgb '#555555'
set label '59.5 kB' at screen 0.3482, screen 0.48479 left front font ',11' textcolor rgb '#555555'
set label '14.1 kB' at screen 0.19584, screen 0.42776 left front font ',11' textcolor rgb '#555555'
set label '226 kB' at screen 0.90695, screen 0.37072 left front font ',11' textcolor rgb '#555555'
set label '11.6 kB' at screen 0.18735, screen 0.31369 left front font ',11' textcolor rgb '#555555'
set label '11.6 kB' at screen 0.18738, screen 0.25665 left front font ',11' textcolor rgb '#555555'
set label '22.0 kB' at screen 0.22236, screen 0.19962 left front font ',11' textcolor rgb '#555555'
set label '' at screen 0.36661, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#0072B2'
set label 'values' at screen 0.38438, screen 0.03042 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.46457, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#E69F00'
set label 'indices' at screen 0.48235, screen 0.03042 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.56706, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#009E73'
set label 'codebooks' at screen 0.58484, screen 0.03042 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.69082, screen 0.03042 front point pointtype 5 pointsize 1.0 linecolor rgb '#56B4E9'
set label 'header' at screen 0.70859, screen 0.03042 left front font ',11' textcolor rgb '#000000'
plot bars every :::0::0 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 1 noborder, bars every :::1::1 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#E69F00' fillstyle solid 1 noborder, bars every :::2::2 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#009E73' fillstyle solid 1 noborder, bars every :::3::3 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#56B4E9' fillstyle solid 1 noborder
unset output
}
